import { cachified, createBatch, totalTtl, type Cache, type CacheEntry } from '@epic-web/cachified';

import type { SourceRecord } from '../origin.ts';
import { connectRedis, TTL_SECONDS, type Contender, type ContenderOptions } from './contender.ts';

const keyOf = (id: string) => `cachified:${id}`;

/** Cachified has no store of its own: as its README shows it, an object with `get`, `set` and `delete`. */
export async function createCachified(options: ContenderOptions): Promise<Contender> {
  const { origin, tier } = options;
  const ttl = TTL_SECONDS * 1000;
  const redis = tier === 'redis' ? await connectRedis(options) : undefined;
  const cache: Cache = redis
    ? {
        async get(key) {
          const text = await redis.get(key);
          return text === null ? null : (JSON.parse(text) as CacheEntry);
        },
        set: (key, entry) => redis.set(key, JSON.stringify(entry), 'PX', totalTtl(entry.metadata)),
        delete: (key) => redis.del(key),
      }
    : new Map<string, CacheEntry>();
  return {
    read: (id) => cachified({ key: keyOf(id), cache, ttl, getFreshValue: () => origin.load(id) }),
    readMany: (ids) => {
      const batch = createBatch<SourceRecord, string>((missing) => origin.loadMany(missing));
      return Promise.all(
        ids.map((id) => cachified({ key: keyOf(id), cache, ttl, getFreshValue: batch.add(id) })),
      );
    },
    invalidate: async (id) => cache.delete(keyOf(id)),
    close: async () => redis?.disconnect(),
  };
}
