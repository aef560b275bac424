import { experiment } from '../../../../tests/alerts/experiment.ts';
import { freeze } from '../../../../tests/alerts/faults/processes.ts';

export default experiment({
  fault: 'a process of the auth service is stopped for 300 ms each second',
  inject: (recovery) => freeze('auth', recovery, { frozenMs: 300, thawedMs: 700 }),
});
