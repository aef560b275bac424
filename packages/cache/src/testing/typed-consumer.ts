/** A program that uses every public type, compiled by the test of the packed package. */
export const TYPED_CONSUMER = `
import { trace } from '@opentelemetry/api';
import {
  createCache, createMemoryStore, defineKeys, key, CacheStoreError, CacheUsageError,
  type BreakerState, type Cache, type CacheEvent, type CacheHealth, type CacheKey,
  type CacheListener, type CacheOptions, type CacheRead, type CacheStats, type CacheStore,
  type Codec, type Invalidation, type KeyDefinition, type Ref,
} from '@relay/cache';
import { createCacheResponder, type CacheResponder } from '@relay/cache/koa';
import { logCacheEvents } from '@relay/cache/logging';
import { openTelemetry } from '@relay/cache/opentelemetry';
import { cacheMetrics, redisConnectionMetrics } from '@relay/cache/prometheus';
import {
  createRedisBus, createRedisClient, createRedisStore, type RedisClient, type RedisConnection,
} from '@relay/cache/redis';
import { Registry } from 'prom-client';

const connection: RedisConnection = { sentinels: [{ host: 'a', port: 1 }], name: 'm' };
const registry = new Registry();
const watch = redisConnectionMetrics({ registry });
const client: RedisClient = createRedisClient({ connection, onEvent: watch('cache') });
const store: CacheStore = Math.random() > 2 ? createRedisStore({ client }) : createMemoryStore();
const log = { info(_: object, text: string) { void text; }, warn(_: object, text: string) { void text; } };
const listener: CacheListener = (event: CacheEvent) => {
  if (event.type === 'fallback') { const { failure }: CacheStoreError = event.error; void failure; }
};
const codec: Codec<Map<string, number>> = {
  name: 'map',
  encode: (map) => JSON.stringify([...map]),
  decode: (bytes) => new Map(JSON.parse(bytes.toString())),
};
const keys = defineKeys({
  all: 'posts:all',
  byId: key('posts:id:{id}', { load: async ({ id }) => ({ id: String(id), at: new Date() }) }),
  votes: key('votes', { codec, load: async () => new Map([['a', 1]]) }),
});
const options: CacheOptions = {
  store, keys, bus: createRedisBus({ client }), tracing: openTelemetry(trace.getTracer('mine')),
  listeners: [listener, logCacheEvents(log), cacheMetrics({ registry, keys })],
};
const cache: Cache = createCache(options);
const definition: KeyDefinition = keys.byId;
const byId: CacheKey<{ id: string; at: string }> = keys.byId({ id: 1 });
const post: { id: string; at: string } = await cache.get(byId);
const many: { id: string; at: string }[] = await cache.getMany(keys.byId, [{ id: 1 }, { id: 'b' }]);
const votes: Map<string, number> = await cache.get(keys.votes());
const dated: { at: string } | null = await cache.cacheAside({
  key: 'posts:all', ttlSeconds: 1, load: async () => (Math.random() > 2 ? null : { at: new Date() }),
});
const read: CacheRead = await cache.read({ key: 'posts:all', ttlSeconds: 1, load: async () => 'x' });
const refs: Ref[] = [keys.all(), { tag: 'a' }, 'posts:*'];
const result: Invalidation = await cache.invalidate(...refs);
const health: CacheHealth = await cache.health();
const stats: CacheStats = cache.stats();
const state: BreakerState = health.breaker;
const respond: CacheResponder = createCacheResponder();
// @ts-expect-error a load is needed
await cache.cacheAside({ key: 'posts:all', ttlSeconds: 1 });
// @ts-expect-error a Map is no JSON
await cache.cacheAside({ key: 'posts:all', load: async () => new Map() });
// @ts-expect-error undefined is no JSON
await cache.cacheAside({ key: 'posts:all', load: async () => ['a'].find((text) => text === 'b') });
// @ts-expect-error there is no such parameter
keys.byId({ slug: 1 });
export { definition, post, many, votes, dated, read, result, stats, state, respond, CacheUsageError };
`;
