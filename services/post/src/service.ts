import { createCache, createMemoryStore, type Cache } from '@relay/cache';
import { logCacheEvents } from '@relay/cache/logging';
import { openTelemetry } from '@relay/cache/opentelemetry';
import { OUTBOX_QUERIES, postgresOutbox } from '@relay/cache/outbox';
import { cacheMetrics } from '@relay/cache/prometheus';
import { createRedisBus, createRedisStore, type RedisClient } from '@relay/cache/redis';
import {
  connectDatabase,
  connectRedis,
  createHttpApp,
  databaseSettings,
  httpSettings,
  isMigrated,
  mapDatabaseError,
  overallHealth,
  pingDatabase,
  shareCheck,
  type HealthDetails,
  type Metrics,
  type Service,
} from '@relay/service-kit';
import { tracingEnabled } from '@relay/tracing/api';
import type { Knex } from 'knex';
import type { Logger } from 'pino';

import { bearer } from './bearer.ts';
import { mapCacheError } from './cache-errors.ts';
import { createCachedPosts } from './cached-posts.ts';
import type { PostConfig } from './config.ts';
import { createKeySet } from './key-set.ts';
import { postOpenApi } from './openapi.ts';
import { definePostKeys, type PostKeys } from './post-keys.ts';
import { createPostStore, POST_QUERIES } from './post-store.ts';
import { createRoutes } from './routes.ts';
import { postSchema } from './schema.ts';

interface PostServiceOptions {
  config: PostConfig;
  log: Logger;
  metrics: Metrics;
  fetchJwks: () => Promise<unknown>;
}

/** The post service, wired and not yet listening. */
export function createPostService(options: PostServiceOptions): Service {
  const { config, log, metrics, fetchJwks } = options;
  const db = connectDatabase({
    ...databaseSettings(config),
    schema: postSchema.name,
    applicationName: 'relay-post',
    metrics: metrics.postgres,
    queries: [...POST_QUERIES, ...OUTBOX_QUERIES],
  });
  const redis = config.REDIS_URL
    ? connectRedis({
        url: config.REDIS_URL,
        cluster: config.REDIS_CLUSTER,
        log,
        watch: metrics.redis('post'),
      })
    : undefined;
  const posts = createPostStore(db);
  const keys = definePostKeys({
    posts,
    ttlSeconds: config.CACHE_TTL_SECONDS,
    absentTtlSeconds: config.CACHE_ABSENT_TTL_SECONDS,
    localTtlSeconds: config.CACHE_LOCAL_TTL_SECONDS,
  });
  const cache = createPostCache({ config, log, metrics, redis, db, keys });
  const keySet = createKeySet({
    fetchJwks,
    onError: (err) => log.warn({ err }, 'Could not fetch the keys that verify tokens'),
  });
  const health = shareCheck(() => checkHealth(db, cache, redis ? 'redis' : 'memory'));
  const router = createRoutes({
    posts: createCachedPosts({ db, posts, postsIn: createPostStore, cache, keys }),
    authenticate: bearer({ keySet }),
    health,
  });
  const app = createHttpApp({
    settings: httpSettings(config),
    log,
    observer: metrics.requests,
    mapError: (error) => mapCacheError(error) ?? mapDatabaseError(error),
    router,
    api: postOpenApi,
  });
  return {
    handle: app.callback(),
    health,
    isConnected: () => isMigrated(db, postSchema).catch(() => false),
    closeInOrder: [() => cache.close(), async () => redis?.disconnect(), () => db.destroy()],
  };
}

interface PostCacheOptions {
  config: PostConfig;
  log: Logger;
  metrics: Metrics;
  redis: RedisClient | undefined;
  db: Knex;
  keys: PostKeys;
}

function createPostCache(options: PostCacheOptions): Cache<Knex.Transaction> {
  const { config, log, metrics, redis, db, keys } = options;
  const { registry, exemplar } = metrics;
  const usesLocalTier = redis !== undefined && config.CACHE_LOCAL_TTL_SECONDS > 0;
  return createCache({
    store: redis ? createRedisStore({ client: redis }) : createMemoryStore(),
    keys,
    outbox: postgresOutbox({ db }),
    consistency: config.CACHE_CONSISTENCY,
    ...(usesLocalTier && { bus: createRedisBus({ client: redis }) }),
    operationTimeoutMs: config.CACHE_TIMEOUT_MS,
    listeners: [logCacheEvents(log), cacheMetrics({ registry, keys, exemplar })],
    ...(tracingEnabled() && { tracing: openTelemetry() }),
  });
}

async function checkHealth(
  db: Knex,
  cache: Pick<Cache, 'health'>,
  store: 'redis' | 'memory',
): Promise<HealthDetails> {
  const [postgres, found] = await Promise.all([pingDatabase(db), cache.health()]);
  return {
    ...overallHealth(postgres, store === 'redis' ? found.status : 'off'),
    cache: {
      store,
      breaker: found.breaker,
      latencyMs: rounded(found.latencyMs),
      usedMemoryBytes: found.store?.usedMemoryBytes ?? null,
      maxMemoryBytes: found.store?.maxMemoryBytes ?? null,
      keyCount: found.store?.keyCount ?? null,
      hitRatio: rounded(found.stats.hitRatio),
      outboxPending: found.outbox?.pending ?? null,
      outboxLagMs: rounded(found.outbox?.lagMs ?? null),
    },
  };
}

/** For people: to the thousandth. */
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1000) / 1000;
}
