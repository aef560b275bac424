export { createDatabase, dropDatabase } from './database.ts';
export { findProgram, isCi } from './environment.ts';
export { LocalServiceError } from './errors.ts';
export { freePort } from './ports.ts';
export { startPostgres, type LocalPostgres, type PostgresOptions } from './postgres.ts';
export { eventually, isTaken } from './processes.ts';
export { startRedisCluster, type LocalRedisCluster } from './redis-cluster.ts';
export { findRedisServer, startRedis, type LocalRedis, type RedisOptions } from './redis.ts';
export { makeCertificate, supportsTls } from './tls.ts';
