export { createRedisStore } from './store.ts';
export { createRedisBus, type RedisBusOptions } from './bus.ts';
export { createRedisClient } from './client.ts';
export type { ConnectionEvent, RedisClient, RedisConnection } from './client.ts';
