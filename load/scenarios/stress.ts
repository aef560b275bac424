import { stagesOf } from '../k6/run.ts';
import { trafficOf } from '../k6/traffic.ts';
import { FRONT_PAGE_MIX } from '../mix.ts';
import { stressStages } from '../plans.ts';

const traffic = trafficOf('stress', FRONT_PAGE_MIX, ({ rate, seconds }) => ({
  executor: 'ramping-arrival-rate',
  stages: stagesOf(stressStages(rate, seconds)),
}));

export const { options, setup, handleSummary } = traffic;
export default traffic.run;
