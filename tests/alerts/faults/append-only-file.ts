import { relay } from '../../cluster/support/cluster.ts';
import { redisCli, removeKeys } from '../../cluster/support/stores.ts';

const FOLDER = '/data/appendonlydir';
const WRITE_A_MEGABYTE = 'head -c 1000000 /dev/zero | redis-cli -x SET drill:grows';
/** In tens of megabytes. Redis rewrites the file when it has doubled and is larger than 64 MB. */
const MAX_GROWTH = 30;

/** Makes the folder of the append-only file read-only until the recovery, and grows the file until its rewrite fails. */
export async function failRewrite(recovery: AsyncDisposableStack): Promise<void> {
  recovery.defer(async () => {
    await inPod(`chmod 700 ${FOLDER}`);
    await removeKeys(relay, 'drill:*');
  });
  await inPod(`chmod 500 ${FOLDER}`);
  // No user may run BGREWRITEAOF, so the file has to grow until Redis rewrites it.
  for (let written = 0; written <= MAX_GROWTH; written += 1) {
    const persistence = await redisCli(relay, 'INFO', 'persistence');
    if (persistence.includes('aof_last_bgrewrite_status:err')) return;
    await inPod(`for i in $(seq 10); do ${WRITE_A_MEGABYTE}; done`);
  }
  throw new Error(`Redis does not rewrite a file that grew by ${MAX_GROWTH * 10} MB`);
}

function inPod(script: string): Promise<string> {
  return relay.exec('relay-redis-0', 'sh', '-c', script);
}
