import { experiment } from '../../../../tests/alerts/experiment.ts';
import { sendLoad, uncachedRead } from '../../../../tests/alerts/faults/load.ts';
import { lockPosts } from '../../../../tests/alerts/faults/transactions.ts';

export default experiment({
  fault: 'queries take up to 700 ms, and nearly half of the reads query Postgres',
  alsoFires: ['RelayPostgresQueriesSlow'],
  async inject(recovery, { client }) {
    await lockPosts(recovery, { lockedMs: 700, openMs: 100 });
    sendLoad(recovery, 15, uncachedRead(client));
  },
});
