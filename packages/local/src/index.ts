export { createDatabase, dropDatabase } from './database.ts';
export { LocalServiceError } from './errors.ts';
export { freePort } from './ports.ts';
export { startPostgres, type LocalPostgres, type PostgresOptions } from './postgres.ts';
export { startRedisCluster, type LocalRedisCluster } from './redis-cluster.ts';
export { findRedisServer, startRedis, type LocalRedis, type RedisOptions } from './redis.ts';
