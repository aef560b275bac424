import { constantRate, trafficOf } from '../k6/traffic.ts';
import { FRONT_PAGE_MIX } from '../mix.ts';

const traffic = trafficOf('soak', FRONT_PAGE_MIX, constantRate);

export const { options, setup, handleSummary } = traffic;
export default traffic.run;
