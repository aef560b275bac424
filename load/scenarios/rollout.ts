import { constantRate, trafficOf } from '../k6/traffic.ts';
import { BOTH_SERVICES_MIX } from '../mix.ts';

const traffic = trafficOf('rollout', BOTH_SERVICES_MIX, constantRate);

export const { options, setup, handleSummary } = traffic;
export default traffic.run;
