import { experiment } from '../../../../tests/alerts/experiment.ts';
import { denyRedis } from '../../../../tests/alerts/faults/network-policy.ts';
import { freeze } from '../../../../tests/alerts/faults/processes.ts';

export default experiment({
  fault: 'a NetworkPolicy denies the post service its connections to Redis',
  async inject(recovery) {
    await denyRedis('post', recovery);
    // A policy leaves open connections alone: the pause makes them time out.
    await freeze('redis', recovery, { frozenMs: 3000 });
  },
});
