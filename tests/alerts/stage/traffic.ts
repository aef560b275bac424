import { newClient, removeTestUsers } from '../../cluster/support/api.ts';
import { relay } from '../../cluster/support/cluster.ts';
import { constantLoad } from '../../cluster/support/load.ts';
import type { Stage } from '../scenario.ts';

/** Enough for percentiles, and little for two cores. */
const READS_PER_SECOND = 20;

/** Somebody who posts once and then reads what is cached, until `restoring` is disposed. */
export async function startTraffic(restoring: AsyncDisposableStack): Promise<Stage> {
  restoring.defer(() => removeTestUsers(relay));
  const client = await newClient();
  const { id } = await client.post('Read while the drill is on');
  const reads = [
    () => client.list(),
    () => client.send('GET', '/api/posts/top'),
    () => client.send('GET', `/api/posts/${id}`),
  ];
  const load = constantLoad(reads, READS_PER_SECOND);
  restoring.defer(async () => void (await load.stop()));
  return { client };
}
