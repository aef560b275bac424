import createKnex, { type Knex } from 'knex';
import type { Logger } from 'pino';

import type { PostgresMetrics } from '../metrics/postgres.ts';
import { createConnections } from './connections.ts';
import { timeLimits } from './session.ts';

interface DatabaseSettings {
  url: string;
  poolSize: number;
  statementTimeoutMs: number;
}

/** Converts the values of `databaseVariables` to settings. */
export function databaseSettings(config: {
  DATABASE_URL: string;
  DATABASE_POOL_SIZE: number;
  DATABASE_STATEMENT_TIMEOUT_MS: number;
}): DatabaseSettings {
  return {
    url: config.DATABASE_URL,
    poolSize: config.DATABASE_POOL_SIZE,
    statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
  };
}

interface DatabaseOptions extends DatabaseSettings {
  /**
   * The schema of the service's tables, as a label. Statements must qualify table names with it: behind a
   * transaction pooler the search path may be another client's.
   */
  schema: string;
  /** Shown in `pg_stat_activity`. */
  applicationName: string;
  metrics?: PostgresMetrics;
  /** The query names of this service's statements, for the metrics. */
  queries?: readonly string[];
  /** Logs the loss of the database and its recovery. */
  log?: Logger;
}

/** The limit on a connection attempt, and on the wait for a free connection. */
const CONNECT_TIMEOUT_MS = 2000;

/**
 * Creates a connection pool with a limit on every wait: for a connection, for a statement and its locks (set
 * on the server), and for a server that stops responding (set on the client). Connects on first use. While
 * the circuit breaker is open, each call fails immediately. Keeps no state in the session, so it works
 * behind a transaction pooler.
 */
export function connectDatabase(options: DatabaseOptions): Knex {
  const { url, poolSize, statementTimeoutMs, schema, applicationName, queries = [] } = options;
  const measured = options.metrics?.({ pool: schema, maxConnections: poolSize, queries });
  const connections = createConnections({
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    measured,
    log: options.log,
  });
  const { afterCreate, validate } = connections;
  const knex = createKnex({
    client: 'pg',
    ...KNEX_DEFAULTS,
    connection: {
      connectionString: url,
      application_name: applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      ...timeLimits(statementTimeoutMs),
      query_timeout: statementTimeoutMs + 1000,
      keepAlive: true,
    },
    pool: { min: 0, max: poolSize, afterCreate, validate },
    acquireConnectionTimeout: CONNECT_TIMEOUT_MS,
  });
  connections.attach(knex);
  measured?.watchPool(knex.client.pool);
  return stripStatements(knex);
}

export const KNEX_DEFAULTS = {
  // Errors are thrown to the caller; Knex's lines on stderr would be a second, unstructured log.
  log: { warn() {}, error() {}, deprecate() {}, debug() {} },
  // Otherwise Knex inserts the values into the statement, password hashes included.
  compileSqlOnError: false,
  // Otherwise Knex queries the version, and leaks the connection if that fails. Any after 9.2 is the same.
  version: '17',
} as const satisfies Knex.Config;

/** Removes the failed statement, with which Knex prefixes the driver's error message. */
export function stripStatements(knex: Knex): Knex {
  return knex.on('query-error', (error: Error, { sql }: { sql: string }) => {
    const prefix = `${sql} - `;
    if (error.message.startsWith(prefix)) error.message = error.message.slice(prefix.length);
  });
}
