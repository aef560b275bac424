import { createCache, createMemoryStore, type Cache } from '@relay/cache';
import { logCacheEvents } from '@relay/cache/logging';
import { openTelemetry } from '@relay/cache/opentelemetry';
import { OUTBOX_QUERIES, postgresOutbox } from '@relay/cache/outbox';
import { cacheMetrics } from '@relay/cache/prometheus';
import { createRedisBus, createRedisStore, type RedisClient } from '@relay/cache/redis';
import { createHttpApp, httpSettings } from '@relay/service-kit/http/app';
import { mapDatabaseError } from '@relay/service-kit/http/database-errors';
import { RATE_LIMIT_LOST } from '@relay/service-kit/http/rate-limit';
import type { Metrics } from '@relay/service-kit/metrics/metrics';
import { createDatabaseCheck } from '@relay/service-kit/postgres/check';
import { deleteInBatches, startCleanupJob } from '@relay/service-kit/postgres/cleanup-job';
import { connectDatabase, databaseSettings } from '@relay/service-kit/postgres/database';
import { connectRedis, redisConnection } from '@relay/service-kit/redis/connection';
import { singleFlight } from '@relay/service-kit/service/health';
import type { Service } from '@relay/service-kit/service/serve';
import { tracingEnabled } from '@relay/tracing/api';
import type { Knex } from 'knex';
import type { Logger } from 'pino';

import { bearer } from './bearer.ts';
import { mapCacheError } from './cache-errors.ts';
import { createCacheStatus } from './cache-status.ts';
import { createCachedPosts } from './cached-posts.ts';
import type { PostConfig } from './config.ts';
import { checkHealth } from './health.ts';
import { createIdempotencyMetrics } from './idempotency-metrics.ts';
import { createIdempotencyStore, IDEMPOTENCY_QUERIES } from './idempotency-store.ts';
import { createKeySet } from './key-set.ts';
import { postSchema } from './migrations.ts';
import { postOpenApi } from './openapi.ts';
import { definePostKeys, type PostKeys } from './post-keys.ts';
import { createPostStore, POST_QUERIES } from './post-store.ts';
import { createRemovedUserMetrics } from './removed-user-metrics.ts';
import { startRemovedUserJob, type FetchRemovedUsers } from './removed-users.ts';
import { createRoutes } from './routes.ts';
import { afterFirstUp, warmUp } from './warm-up.ts';
import { createWriteLimits } from './write-limits.ts';

interface PostServiceOptions {
  config: PostConfig;
  log: Logger;
  metrics: Metrics;
  fetchJwks: () => Promise<unknown>;
  fetchRemovedUsers: FetchRemovedUsers;
}

/** Wires the post service. It does not listen yet. */
export function createPostService(options: PostServiceOptions): Service {
  const { config, log, metrics, fetchJwks, fetchRemovedUsers } = options;
  const db = connectDatabase({
    ...databaseSettings(config),
    schema: postSchema.name,
    log,
    applicationName: 'relay-post',
    metrics: metrics.postgres,
    queries: [...POST_QUERIES, ...IDEMPOTENCY_QUERIES, ...OUTBOX_QUERIES],
  });
  const redis = config.REDIS_URL
    ? connectRedis({
        url: config.REDIS_URL,
        ...redisConnection(config),
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
  const idempotency = createIdempotency({ config, log, metrics, db });
  const keySet = createKeySet({
    fetchJwks,
    onError: (err) => log.warn({ err }, 'Could not fetch the keys that verify tokens'),
  });
  const checkPostgres = createDatabaseCheck(db, postSchema);
  const checkDatabase = config.CACHE_WARM_UP
    ? afterFirstUp(checkPostgres, () => void warmUp({ cache, keys, redis }))
    : checkPostgres;
  const health = singleFlight(() => checkHealth(checkDatabase, cache, redis ? 'redis' : 'memory'));
  const cachedPosts = createCachedPosts({
    db,
    posts,
    postsIn: createPostStore,
    idempotencyIn: idempotency.storeIn,
    cache,
    keys,
  });
  const measuredRemovals = createRemovedUserMetrics(metrics);
  const removals = startRemovedUserJob({
    fetchPage: fetchRemovedUsers,
    namedAuthors: posts.namedAuthors,
    removeAuthorName: cachedPosts.removeAuthorName,
    periodMs: config.REMOVED_USERS_POLL_SECONDS * 1000,
    onRenamed: measuredRemovals.renamed,
    onDone: measuredRemovals.done,
    onFailed(err) {
      measuredRemovals.failed();
      log.warn({ err }, 'Could not remove the names of removed users');
    },
  });
  const router = createRoutes({
    posts: cachedPosts,
    votes: posts,
    cacheStatus: createCacheStatus({ cache, store: redis ? 'redis' : 'memory' }),
    authenticate: bearer({ keySet }),
    limits: createWriteLimits({
      postsPerUser: config.POSTS_PER_USER,
      votesPerUser: config.VOTES_PER_USER,
      redis,
      timeoutMs: config.CACHE_TIMEOUT_MS,
      onLost: (err, limit) => log.warn({ err, limit }, RATE_LIMIT_LOST),
    }),
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
    checkDatabase,
    closeInOrder: [
      idempotency.stop,
      removals.stop,
      () => cache.close(),
      async () => redis?.disconnect(),
      () => db.destroy(),
    ],
  };
}

const CLEANUP_PERIOD_MS = 60_000;

/** Creates the store of idempotency keys with metrics, and starts the deletion of expired keys. */
function createIdempotency({ config, log, metrics, db }: Omit<PostCacheOptions, 'redis' | 'keys'>) {
  const measured = createIdempotencyMetrics(metrics);
  const storeIn = (on: Knex) =>
    measured.store(createIdempotencyStore(on, { lifeSeconds: config.IDEMPOTENCY_SECONDS }));
  const cleanup = startCleanupJob({
    run: (signal) =>
      deleteInBatches({
        deleteBatch: storeIn(db).deleteExpired,
        onDeleted: measured.deleted,
        batchRows: 1000,
        maxBatches: 10,
        signal,
      }),
    periodMs: CLEANUP_PERIOD_MS,
    onError: (err) => log.warn({ err }, 'Could not delete expired idempotency keys'),
  });
  return { storeIn, stop: cleanup.stop };
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
    outbox: postgresOutbox({ db, schema: postSchema.name }),
    consistency: config.CACHE_CONSISTENCY,
    ...(usesLocalTier && { bus: createRedisBus({ client: redis }) }),
    operationTimeoutMs: config.CACHE_TIMEOUT_MS,
    listeners: [logCacheEvents(log), cacheMetrics({ registry, keys, exemplar })],
    ...(tracingEnabled() && { tracing: openTelemetry() }),
  });
}
