import path from 'node:path';

import { findRedisServer, freePort, startRedis, type LocalRedis } from '@relay/local';

/** Where entries are kept, and in words for people. */
export interface LocalCacheStore {
  described: string;
  /** `undefined`: in the process itself. */
  url: string | undefined;
}

interface CacheStoreOptions {
  dir: string;
  redisUrl: string | undefined;
  defer: (stop: () => Promise<void>) => void;
  log: (message: string) => void;
}

const USUAL_PORT = 6379;

// On one's own machine a cache takes a part of the memory, and gives up the least used entry first.
const LIMITS = ['--maxmemory', '256mb', '--maxmemory-policy', 'allkeys-lru'];

/**
 * A Redis of the user's own, else a server of the PATH, on the usual port if that is free, else
 * the in-process store.
 *
 * @throws LocalServiceError
 */
export async function prepareCacheStore(options: CacheStoreOptions): Promise<LocalCacheStore> {
  const { dir, redisUrl, defer, log } = options;
  if (redisUrl) return { url: redisUrl, described: `REDIS_URL at ${new URL(redisUrl).host}` };
  const binary = await findRedisServer();
  if (!binary) {
    const described = 'in this process (no redis-server or valkey-server on the PATH)';
    return { url: undefined, described };
  }
  const redis = await startOnUsualPort({ binary, dir: path.join(dir, 'redis'), log });
  defer(() => redis.stop());
  return { url: redis.url, described: `${path.basename(binary)} at 127.0.0.1:${redis.port}` };
}

interface RedisServerOptions {
  binary: string;
  dir: string;
  log: (message: string) => void;
}

async function startOnUsualPort(options: RedisServerOptions): Promise<LocalRedis> {
  // Empty at each start: the database may be another one by then.
  const settings = { ...options, appendonly: false, extraArgs: LIMITS };
  const isFree = (await freePort(USUAL_PORT)) === USUAL_PORT;
  if (!isFree) return startRedis(settings);
  // Whoever takes the port between the look and the start makes it any other free one.
  return startRedis({ ...settings, port: USUAL_PORT }).catch(() => startRedis(settings));
}
