import { experiment } from '../../../../tests/alerts/experiment.ts';
import { sendLoad, uncachedRead } from '../../../../tests/alerts/faults/load.ts';
import { lockPosts } from '../../../../tests/alerts/faults/transactions.ts';

export default experiment({
  fault: 'queries take up to 700 ms, one each second',
  async inject(recovery, { client }) {
    await lockPosts(recovery, { lockedMs: 700, openMs: 20 });
    sendLoad(recovery, 1, uncachedRead(client));
  },
});
