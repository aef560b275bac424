import { experiment } from '../../../../tests/alerts/experiment.ts';
import { freeze } from '../../../../tests/alerts/faults/processes.ts';

export default experiment({
  fault: 'Redis stops for 1.5 s, every 8 s',
  // Reads before the breaker opens wait for their deadline.
  alsoFires: ['RelayCacheSlow'],
  inject: (recovery) => freeze('redis', recovery, { frozenMs: 1500, thawedMs: 6500 }),
});
