import { createCache, defineKeys, key } from '@relay/cache';
import { createRedisBus, createRedisClient, createRedisStore } from '@relay/cache/redis';

import { TTL_SECONDS, type Contender, type ContenderOptions } from './contender.ts';

/** `@relay/cache` as its README shows it: a client, a store, and one declared key. */
export async function createRelay(
  options: ContenderOptions,
  method: 'get' | 'getBytes',
): Promise<Contender> {
  const { origin, redisUrl, tier, tagged } = options;
  const client = createRedisClient({ connection: redisUrl });
  const keys = defineKeys({
    record: key('bench:{id}', {
      ttlSeconds: TTL_SECONDS,
      load: ({ id }) => origin.load(String(id)),
      loadMany: (params) => origin.loadMany(params.map(({ id }) => String(id))),
      ...(tier === 'local' && { localTtlSeconds: TTL_SECONDS }),
      ...(tagged && { tags: ['records'] }),
    }),
  });
  const cache = createCache({
    store: createRedisStore({ client }),
    keys,
    ...(tier === 'local' && { bus: createRedisBus({ client }) }),
  });
  return {
    read:
      method === 'get'
        ? (id) => cache.get(keys.record({ id }))
        : (id) => cache.getBytes(keys.record({ id })),
    readMany: (ids) =>
      cache.getMany(
        keys.record,
        ids.map((id) => ({ id })),
      ),
    invalidate: (id) => cache.invalidate(keys.record({ id })),
    ...(tagged && { invalidateTag: () => cache.invalidate({ tag: 'records' }) }),
    async close() {
      await cache.close();
      client.disconnect();
    },
  };
}
