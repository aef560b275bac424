import { experiment } from '../../../../tests/alerts/experiment.ts';
import { sendLoad, uncachedRead } from '../../../../tests/alerts/faults/load.ts';
import { lockPosts } from '../../../../tests/alerts/faults/transactions.ts';

export default experiment({
  fault: 'queries take up to 180 ms, and 40 a second need pools of 2 connections',
  async inject(recovery, { client }) {
    await lockPosts(recovery, { lockedMs: 180, openMs: 30 });
    sendLoad(recovery, 40, uncachedRead(client));
  },
});
