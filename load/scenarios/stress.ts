import { createApi } from '../k6/api.ts';
import { optionsOf, stagesOf, summarize } from '../k6/run.ts';
import { setTheStage, type Stage } from '../k6/setup.ts';
import { makeOneCall } from '../k6/traffic.ts';
import { FRONT_PAGE_MIX } from '../mix.ts';
import { clientsFor, stressStages } from '../plans.ts';
import { readSettings } from '../settings.ts';

const settings = readSettings('stress', __ENV);
const api = createApi(settings.baseUrl);

export const options = optionsOf(settings, {
  stress: {
    executor: 'ramping-arrival-rate',
    stages: stagesOf(stressStages(settings.rate, settings.seconds)),
    ...clientsFor(settings.rate),
  },
});

export const setup = () => setTheStage(api);

export default function stress(stage: Stage): void {
  makeOneCall(api, FRONT_PAGE_MIX, stage);
}

export const handleSummary = summarize(settings);
