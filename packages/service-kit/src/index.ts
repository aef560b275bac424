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
  type Status,
} from './health.ts';
export { stopOnSignals, type Running } from './lifecycle.ts';
export { createLogger } from './logger.ts';
export { createLatency, type MetricsContext } from './metrics/latency.ts';
export { createMetrics, type Metrics } from './metrics/metrics.ts';
export { isMigrated, migrate, MigrationError, type Migration, type Schema } from './migrations.ts';
export { parse } from './parse.ts';
export {
  connectDatabase,
  databaseSettings,
  mapDatabaseError,
  named,
  pingDatabase,
  violatedConstraint,
} from './postgres.ts';
export { openApi } from './openapi.ts';
export { connectRedis, pingRedis } from './redis.ts';
export { runMigration } from './run-migration.ts';
export { ACCESS_TOKEN } from './token.ts';
export { run, serve, type ServeSettings, type Service, type Serving } from './service.ts';
