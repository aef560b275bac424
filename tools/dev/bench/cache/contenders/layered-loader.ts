import { GroupLoader, Loader, RedisCache, RedisGroupCache } from 'layered-loader';

import type { SourceRecord } from '../origin.ts';
import {
  connectRedis,
  LOCAL_MAX_ITEMS,
  TTL_SECONDS,
  type Contender,
  type ContenderOptions,
} from './contender.ts';

/** By default it prints every error. */
const SILENT = { loadErrorHandler: () => {}, cacheUpdateErrorHandler: () => {} };

const ttlInMsecs = TTL_SECONDS * 1000;

/** As its README shows it: a `Loader` with a `RedisCache`, or with its in-memory cache. */
export async function createLayeredLoader(options: ContenderOptions): Promise<Contender> {
  if (options.tagged) return createGrouped(options);
  const { origin, tier } = options;
  const redis = tier === 'redis' ? await connectRedis(options) : undefined;
  const loader = new Loader<SourceRecord>({
    ...(redis
      ? {
          asyncCache: new RedisCache<SourceRecord>(redis, { json: true, prefix: 'll', ttlInMsecs }),
        }
      : { inMemoryCache: { cacheType: 'fifo-map', ttlInMsecs, maxItems: LOCAL_MAX_ITEMS } }),
    dataSourceGetOneFn: (id: string) => origin.load(id),
    dataSourceGetManyFn: (ids: string[]) => origin.loadMany(ids),
    cacheKeyFromValueResolver: ({ id }) => id,
    ...SILENT,
  });
  return {
    read: (id) => loader.get(id),
    readMany: (ids) => loader.getMany(ids),
    invalidate: (id) => loader.invalidateCacheFor(id),
    close: async () => redis?.disconnect(),
  };
}

/** Groups in place of tags: each record belongs to one. */
async function createGrouped(options: ContenderOptions): Promise<Contender> {
  const { origin } = options;
  const redis = await connectRedis(options);
  const loader = new GroupLoader<SourceRecord>({
    asyncCache: new RedisGroupCache<SourceRecord>(redis, { json: true, prefix: 'llg', ttlInMsecs }),
    ...SILENT,
    dataSources: [
      {
        name: 'origin',
        getFromGroup: (id: string) => origin.load(id),
        getManyFromGroup: (ids: string[]) => origin.loadMany(ids),
      },
    ],
  });
  return {
    read: (id) => loader.get(id, 'records'),
    invalidate: (id) => loader.invalidateCacheFor(id, 'records'),
    invalidateTag: () => loader.invalidateCacheForGroup('records'),
    close: async () => redis.disconnect(),
  };
}
