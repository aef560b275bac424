import { experiment } from '../../../../tests/alerts/experiment.ts';
import { freeze } from '../../../../tests/alerts/faults/processes.ts';

export default experiment({
  fault: 'a post is written while Redis stops for 1.5 s',
  alsoFires: ['RelayCacheSlow'],
  async inject(recovery, { client }) {
    await freeze('redis', recovery, { frozenMs: 1500 });
    await client.post('Posted while Redis was stopped');
  },
});
