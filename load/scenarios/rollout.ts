import { createApi } from '../k6/api.ts';
import { optionsOf, summarize } from '../k6/run.ts';
import { setTheStage, type Stage } from '../k6/setup.ts';
import { makeOneCall } from '../k6/traffic.ts';
import { BOTH_SERVICES_MIX } from '../mix.ts';
import { clientsFor } from '../plans.ts';
import { readSettings } from '../settings.ts';

const settings = readSettings('rollout', __ENV);
const api = createApi(settings.baseUrl);

export const options = optionsOf(settings, {
  rollout: {
    executor: 'constant-arrival-rate',
    rate: settings.rate,
    duration: `${settings.seconds}s`,
    ...clientsFor(settings.rate),
  },
});

export const setup = () => setTheStage(api);

export default function rollout(stage: Stage): void {
  makeOneCall(api, BOTH_SERVICES_MIX, stage);
}

export const handleSummary = summarize(settings);
