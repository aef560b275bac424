import { experiment } from '../../../../tests/alerts/experiment.ts';
import { sendLoad, uncachedRead } from '../../../../tests/alerts/faults/load.ts';
import { renamePosts } from '../../../../tests/alerts/faults/schema.ts';

export default experiment({
  fault: 'the table of posts is renamed, as a failed migration might leave it',
  async inject(recovery, { client }) {
    await renamePosts(recovery);
    sendLoad(recovery, 10, uncachedRead(client));
  },
});
