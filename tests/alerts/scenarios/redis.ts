import { relay } from '../../cluster/support/cluster.ts';
import { redisCli, removeKeys } from '../../cluster/support/stores.ts';
import { fillRedis } from '../faults/fill.ts';
import { again } from '../faults/load.ts';
import { takePods } from '../faults/scale.ts';
import type { Scenario } from '../scenario.ts';

/** Of the append-only file. */
const FOLDER = '/data/appendonlydir';
const WRITE_A_MEGABYTE = 'head -c 1000000 /dev/zero | redis-cli -x SET drill:grows';
/** In tens of megabytes. Redis rewrites the file when it has doubled, and is larger than 64 MB. */
const MAX_GROWTH = 30;

export const redisDown: Scenario = {
  alert: 'RelayRedisDown',
  fault: 'Redis has no pod',
  bringOn: (healing) => takePods('statefulset/relay-redis', healing),
};

export const redisMemoryHigh: Scenario = {
  alert: 'RelayRedisMemoryHigh',
  fault: 'Redis is filled to 95 % of maxmemory',
  async bringOn(healing) {
    const filler = fillRedis(healing);
    await filler.write(await filler.roomUntil(0.95));
  },
};

export const redisEvicting: Scenario = {
  alert: 'RelayRedisEvicting',
  fault: 'Redis is full, and 10 entries a second come',
  // Full it is before it evicts: that is told first, and kept back from then on.
  alsoFires: ['RelayRedisMemoryHigh'],
  async bringOn(healing) {
    const filler = fillRedis(healing);
    await filler.write(await filler.roomUntil(1));
    again(healing, 1000, () => filler.write(10));
  },
};

export const redisPersistenceFailing: Scenario = {
  alert: 'RelayRedisPersistenceFailing',
  fault: 'Redis may not write the folder of its append-only file when that is to be rewritten',
  async bringOn(healing) {
    healing.defer(async () => {
      await inPod(`chmod 700 ${FOLDER}`);
      await removeKeys(relay, 'drill:*');
    });
    await inPod(`chmod 500 ${FOLDER}`);
    // Nobody here may ask for the rewrite: it comes by itself when the file has grown.
    for (let written = 0; written <= MAX_GROWTH; written += 1) {
      const persistence = await redisCli(relay, 'INFO', 'persistence');
      if (persistence.includes('aof_last_bgrewrite_status:err')) return;
      await inPod(`for i in $(seq 10); do ${WRITE_A_MEGABYTE}; done`);
    }
    throw new Error(`Redis does not rewrite a file that grew by ${MAX_GROWTH * 10} MB`);
  },
};

function inPod(script: string): Promise<string> {
  return relay.exec('relay-redis-0', 'sh', '-c', script);
}
