export { AppError, ERRORS, type ErrorCode, type FieldError } from './app-error.ts';
export { createHttpApp, httpSettings } from './app.ts';
export { healthAnswer } from './admin.ts';
export * from './config.ts';
export { exitWith } from './exit.ts';
export {
  healthSchema,
  overallHealth,
  shareCheck,
  worstHealth,
  type Health,
  type HealthDetails,
  type RedisHealth,
  type Status,
} from './health.ts';
export { landing } from './landing.ts';
export { stopOnSignals, type Running } from './lifecycle.ts';
export { createLogger } from './logger.ts';
export { createLatency, type MetricsContext } from './metrics/latency.ts';
export { createMetrics, type Metrics } from './metrics/metrics.ts';
export { migrate, MigrationError, type Migration, type Schema } from './migrations.ts';
export { parse } from './parse.ts';
export { connectDatabase, databaseSettings, named } from './postgres.ts';
export { createDatabaseCheck, type DatabaseHealth } from './postgres/check.ts';
export { mapDatabaseError, mapUnknownOutcome, violatedConstraint } from './postgres/errors.ts';
export { openApi, pathParameter, queryParameters } from './openapi.ts';
export { byPath } from './request-target.ts';
export { createRateLimit, RATE_LIMIT_LOST } from './rate-limits.ts';
export { checkRedis, connectRedis, redisFault } from './redis.ts';
export { runMigration } from './run-migration.ts';
export {
  ACCESS_TOKEN,
  invalidToken,
  readBearerToken,
  readTokenClaims,
  readTokenKeyId,
} from './token.ts';
export { deleteInBatches, startUpkeep, type Upkeep } from './upkeep.ts';
export { run, serve, type ServeSettings, type Service, type Serving } from './service.ts';
