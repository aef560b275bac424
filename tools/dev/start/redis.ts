import path from 'node:path';

import { findRedisServer, removeServerData, startRedis, supervise } from '@relay/dev-servers';

import { openRedis, type RedisPlace } from '../../kit/redis-connection.ts';
import type { CacheSwitch } from './cache-outage.ts';
import { relayFiles } from './folder.ts';
import { followSwitch, isSwitchedOff, switchRedis } from './redis-switch.ts';

/** The place of the cache entries, and its description. */
export interface LocalCacheStore {
  described: string;
  /** `undefined`: in the process itself. */
  redis: (RedisPlace & { own: boolean }) | undefined;
  /** `undefined` for a Redis of the user's own, and without one. */
  cacheSwitch: CacheSwitch | undefined;
}

interface CacheStoreOptions {
  dir: string;
  /** A Redis of the user's own. */
  given: RedisPlace | undefined;
  defer: (stop: () => Promise<void>) => void;
  log: (message: string) => void;
  /** Receives messages about the server while Relay runs. */
  warn: (message: string) => void;
}

const USUAL_PORT = 6379;

// A part of the machine's memory; the least used entry is evicted first.
const LIMITS = ['--maxmemory', '256mb', '--maxmemory-policy', 'allkeys-lru'];

/**
 * A Redis of the user's own, else a server of the PATH, on the usual port if that is free, else
 * the in-process store.
 *
 * @throws DevServerError
 */
export async function prepareCacheStore(options: CacheStoreOptions): Promise<LocalCacheStore> {
  const { dir, given, log } = options;
  const folder = relayFiles(dir).redis;
  const binary = given ? undefined : await findRedisServer();
  if (binary) return startOwn({ ...options, folder, binary });
  await removeServerData(folder);
  if (given) return useGiven(given, log);
  const described = 'in this process (no redis-server or valkey-server on the PATH)';
  return { redis: undefined, described, cacheSwitch: undefined };
}

async function useGiven(
  place: RedisPlace,
  log: CacheStoreOptions['log'],
): Promise<LocalCacheStore> {
  const { host } = new URL(place.url);
  const client = await openRedis(place);
  const redis = { ...place, own: false };
  const cacheSwitch = undefined;
  if (!('problem' in client)) {
    client.disconnect();
    return { redis, described: `REDIS_URL at ${host}`, cacheSwitch };
  }
  log(
    `REDIS_URL: Redis at ${host} ${client.problem}. Until it answers, every read comes from Postgres.`,
  );
  return { redis, described: `REDIS_URL at ${host}, which ${client.problem}`, cacheSwitch };
}

async function startOwn(
  options: CacheStoreOptions & { folder: string; binary: string },
): Promise<LocalCacheStore> {
  const { dir, folder, binary, defer, log, warn } = options;
  // Empty at each start: the database may be another one.
  const settings = { binary, dir: folder, log, appendonly: false, extraArgs: LIMITS };
  const first = await startRedis({ ...settings, preferredPort: USUAL_PORT });
  const { port, url } = first;
  const start = () => startRedis({ ...settings, port });
  const redis = supervise({ name: 'Redis', first, start, log: warn });
  defer(() => redis.stop());
  defer(await followSwitch({ dir, redis, log: warn }));
  return {
    redis: { url, cluster: false, own: true },
    described: `${path.basename(binary)} at 127.0.0.1:${port}`,
    cacheSwitch: {
      isStopped: () => isSwitchedOff(dir),
      stop: () => switchRedis(dir, 'stopped'),
      start: () => switchRedis(dir, 'running'),
    },
  };
}
