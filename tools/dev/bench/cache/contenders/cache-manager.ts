import KeyvRedis from '@keyv/redis';
import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';

import { TTL_SECONDS, type Contender, type ContenderOptions } from './contender.ts';

/** As its README shows it: `createCache({ stores: [new Keyv({ store: new KeyvRedis(url) })] })` and `wrap`. */
export async function createCacheManager(options: ContenderOptions): Promise<Contender> {
  const { origin, redisUrl, tier, commandTimeoutMs } = options;
  const keyv = tier === 'redis' ? overRedis(redisUrl, commandTimeoutMs) : inProcess();
  // Without a listener, an error of the store ends the process.
  keyv.on('error', () => {});
  const cache = createCache({ stores: [keyv], ttl: TTL_SECONDS * 1000 });
  return {
    read: (id) => cache.wrap(id, () => origin.load(id)),
    readMany: async (ids) => {
      const records = await cache.mget<unknown>(ids);
      const missing = ids.filter((_, i) => records[i] === undefined);
      if (missing.length === 0) return records;
      const loaded = await origin.loadMany(missing);
      await cache.mset(loaded.map((value) => ({ key: value.id, value })));
      const byId = new Map<string, unknown>(loaded.map((value) => [value.id, value]));
      return records.map((record, i) => record ?? byId.get(ids[i]!));
    },
    invalidate: (id) => cache.del(id),
    close: () => cache.disconnect(),
  };
}

function overRedis(url: string, timeout: number | undefined): Keyv {
  const store = new KeyvRedis({ url, ...(timeout && { commandOptions: { timeout } }) });
  return new Keyv({ store, namespace: 'manager', useKeyPrefix: false });
}

/** Without serialization, as cache-manager's own default store. */
function inProcess(): Keyv {
  const keyv = new Keyv();
  keyv.serialize = undefined;
  keyv.deserialize = undefined;
  return keyv;
}
