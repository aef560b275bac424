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

/** The settings of a pool, from what `databaseVariables` read. */
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
   * The schema that holds the service's tables, as a label. Statements name it themselves: behind a
   * transaction pooler a search path belongs to whichever client set it last.
   */
  schema: string;
  /** Shown in `pg_stat_activity`. */
  applicationName: string;
  metrics?: PostgresMetrics;
  /** All names that this service gives its statements. */
  queries?: readonly string[];
  /** Gets the loss of the database, and its return. */
  log?: Logger;
}

/** How long a connection attempt, and the wait for a free connection, may take. */
const CONNECT_TIMEOUT_MS = 2000;

/**
 * A pool of connections with a limit on every wait: for a connection, for a statement and its locks
 * on the server and, should the server itself have gone silent, on this side too. Connects when
 * first asked. While the database is known to be away, each call is refused at once. Keeps nothing
 * in the session: works behind a transaction pooler.
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
    ...KNEX_MANNERS,
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
  return withoutStatements(knex);
}

export const KNEX_MANNERS = {
  // Errors reach the caller: knex' own lines on stderr would be a second, unstructured log.
  log: { warn() {}, error() {}, deprecate() {}, debug() {} },
  // Else knex writes the values into the statement, a password's hash among them.
  compileSqlOnError: false,
  // Else knex asks the server once, and leaks the connection if that fails. Any after 9.2 is the same.
  version: '17',
} as const satisfies Knex.Config;

/** knex puts the failed statement before what the driver said: takes it off again. */
export function withoutStatements(knex: Knex): Knex {
  return knex.on('query-error', (error: Error, { sql }: { sql: string }) => {
    const prefix = `${sql} - `;
    if (error.message.startsWith(prefix)) error.message = error.message.slice(prefix.length);
  });
}

/**
 * The name under which a statement is measured: one of the `queries` of `connectDatabase`.
 *
 * @example
 * db('posts').where({ id }).first().options(named('posts.byId'))
 */
export function named<Name extends string>(queryName: Name): { queryName: Name } {
  return { queryName };
}
