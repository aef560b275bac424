import { createCache } from 'async-cache-dedupe';

import {
  connectRedis,
  LOCAL_MAX_ITEMS,
  TTL_SECONDS,
  type Contender,
  type ContenderOptions,
} from './contender.ts';

/** As its README shows it: `storage: { type: 'redis' }`, and `references` for tags. */
export async function createAsyncCacheDedupe(options: ContenderOptions): Promise<Contender> {
  const { origin, tier, tagged } = options;
  const redis = tier === 'redis' ? await connectRedis(options) : undefined;
  const invalidation = tagged && { invalidation: { referencesTTL: TTL_SECONDS } };
  const cache = createCache({
    ttl: TTL_SECONDS,
    storage: redis
      ? { type: 'redis', options: { client: redis, ...invalidation } }
      : { type: 'memory', options: { size: LOCAL_MAX_ITEMS } },
  }).define('records', { ...(tagged && { references: () => ['records'] }) }, (id: string) =>
    origin.load(id),
  );
  return {
    read: (id) => cache.records(id),
    invalidate: (id) => cache.clear('records', id),
    ...(tagged && { invalidateTag: () => cache.invalidateAll('records') }),
    close: async () => redis?.disconnect(),
  };
}
