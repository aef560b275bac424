export { createCache } from './cache.ts';
export type { Cache, CacheHealth, CacheOptions, JsonReadRequest } from './cache.ts';
export type { CacheRead, ReadRequest } from './reader.ts';
export type { Invalidation } from './invalidator.ts';
export type { BreakerState, CacheEvent, CacheListener, Operation, Outcome } from './events.ts';
export type { CacheStats } from './stats.ts';
export type { CacheTracing, SpanAttributes } from './tracing.ts';
export { CacheStoreError, CacheUsageError, type StoreFailure } from './errors.ts';

export type { CacheStore, LeaseResult, StoreInfo } from './store.ts';
export { createMemoryStore } from './memory-store.ts';
export { createRedisStore } from './redis-store.ts';
export { createRedisClient } from './redis-client.ts';
export type { ConnectionEvent, RedisClient, RedisConnection } from './redis-client.ts';
