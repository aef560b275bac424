import { experiment } from '../../../../tests/alerts/experiment.ts';
import { killRepeatedly } from '../../../../tests/alerts/faults/processes.ts';

/** A start and a few scrapes, so that Prometheus sees each restart. */
const RESTARTED_MS = 12_000;

export default experiment({
  fault: 'a process of the auth service is killed twice',
  inject: () => killRepeatedly('auth', { times: 2, pauseMs: RESTARTED_MS }),
});
