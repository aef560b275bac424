import { randomBytes } from 'node:crypto';

import type { Cache } from '@relay/cache';
import { singleFlight } from '@relay/service-kit/service/health';
import { z } from 'zod';

/** The status of the cache that every user may read: no keys, no addresses, no sizes. */
export const cacheStatusSchema = z.strictObject({
  process: z.string().meta({ description: 'A random id of the process' }),
  store: z.enum(['redis', 'memory']),
  state: z.enum(['up', 'away']).meta({ description: 'While `away`, reads go to Postgres' }),
  reads: z.int().min(0).meta({ description: 'Reads of lists and posts that have a key' }),
  hits: z.int().min(0),
  misses: z.int().min(0).meta({ description: 'The key was not in the cache' }),
  hitRatio: z.number().min(0).max(1).nullable().meta({
    description: 'Of hits and misses; null before the first',
  }),
  readsSaved: z.int().min(0).meta({ description: 'Reads without a read of Postgres of their own' }),
  outbox: z
    .strictObject({ rows: z.int().min(0), oldestSeconds: z.number().min(0) })
    .nullable()
    .meta({
      description: 'Committed writes with a pending invalidation; null until first counted',
    }),
});

export type CacheStatus = z.output<typeof cacheStatusSchema>;

interface CacheStatusOptions {
  cache: Pick<Cache, 'health' | 'stats' | 'on'>;
  store: CacheStatus['store'];
  /** A monotonic clock in milliseconds. */
  now?: () => number;
}

/** How long callers share one check of the store. */
const SHARED_MS = 1000;

/** Creates a function that returns the status. Counts loads from now on, so call it at the start. */
export function createCacheStatus(options: CacheStatusOptions): () => Promise<CacheStatus> {
  const { cache, store, now = () => performance.now() } = options;
  const processId = randomBytes(4).toString('hex');
  let loads = 0;
  cache.on(({ type }) => {
    if (type === 'load' || type === 'load-failed') loads += 1;
  });
  const checkStore = sharedFor(SHARED_MS, now, () => cache.health());

  return async () => {
    const { status, outbox } = await checkStore();
    const { hits, misses, stale, fallbacks, hitRatio } = cache.stats();
    const reads = hits + misses + stale + fallbacks;
    return {
      process: processId,
      store,
      state: status === 'up' ? 'up' : 'away',
      reads,
      hits,
      misses,
      hitRatio,
      // A load that is under way has its read counted, but not itself.
      readsSaved: Math.max(0, reads - loads),
      outbox: outbox && { rows: outbox.pending, oldestSeconds: outbox.lagMs / 1000 },
    };
  };
}

/** Returns the last result while it is younger than `ttlMs`, and shares a running check. */
function sharedFor<T>(ttlMs: number, now: () => number, check: () => Promise<T>): () => Promise<T> {
  let last: { result: T; at: number } | undefined;
  const refresh = singleFlight(async () => {
    const result = await check();
    last = { result, at: now() };
    return result;
  });
  return async () => (last && now() - last.at < ttlMs ? last.result : refresh());
}
