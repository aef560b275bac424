export type { SqlDatabase, SqlRunner } from './database.ts';
export {
  classifyDatabaseError,
  mayHaveCommitted,
  type DatabaseFailure,
} from './database-errors.ts';
export { outboxMigration, type OutboxMigration } from './migration.ts';
export { OUTBOX_QUERIES } from './statements.ts';
export { postgresOutbox, type PostgresOutboxOptions } from './postgres-outbox.ts';
