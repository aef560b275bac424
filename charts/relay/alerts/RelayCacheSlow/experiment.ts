import { experiment } from '../../../../tests/alerts/experiment.ts';
import { freeze } from '../../../../tests/alerts/faults/processes.ts';

export default experiment({
  fault: 'Redis stops for 150 ms, twice a second',
  inject: (recovery) => freeze('redis', recovery, { frozenMs: 150, thawedMs: 350 }),
});
