export { createCache } from './cache.ts';
export type { Cache, CacheHealth, CacheOptions, JsonReadRequest } from './cache.ts';
export type { CacheRead, ReadRequest } from './read/reader.ts';
export type { Invalidation } from './invalidate/invalidator.ts';
export type {
  BreakerState,
  CacheEvent,
  CacheListener,
  Operation,
  Outcome,
} from './observe/events.ts';
export type { CacheStats } from './observe/stats.ts';
export type { CacheTracing, SpanAttributes } from './observe/tracing.ts';
export { CacheStoreError, CacheUsageError, type StoreFailure } from './errors.ts';

export type { CacheStore, LeaseResult, StoreInfo } from './protocol/store.ts';
export { createMemoryStore } from './stores/memory/store.ts';
export { createRedisStore } from './stores/redis/store.ts';
export { createRedisClient } from './stores/redis/client.ts';
export type { ConnectionEvent, RedisClient, RedisConnection } from './stores/redis/client.ts';
