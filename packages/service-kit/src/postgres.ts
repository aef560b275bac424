import { setTimeout as wait } from 'node:timers/promises';

import createKnex, { type Knex } from 'knex';
import type { Client } from 'pg';

import { AppError } from './app-error.ts';
import type { Status } from './health.ts';
import type { DatabaseMetrics, PostgresMetrics, SentStatement } from './metrics/postgres.ts';

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
  /** The schema that holds the service's tables: the only one in the search path. */
  schema: string;
  /** Shown in `pg_stat_activity`. */
  applicationName: string;
  metrics?: PostgresMetrics;
  /** All names that this service gives its statements. */
  queries?: readonly string[];
}

/** How long a connection attempt, and the wait for a free connection, may take. */
const CONNECT_TIMEOUT_MS = 2000;

/**
 * A pool of connections with a limit on every wait: for a connection, for a statement and its locks
 * on the server and, should the server itself have gone silent, on this side too. Connects when
 * first asked.
 */
export function connectDatabase(options: DatabaseOptions): Knex {
  const { url, poolSize, statementTimeoutMs, schema, applicationName, queries = [] } = options;
  const measured = options.metrics?.({ pool: schema, maxConnections: poolSize, queries });
  const knex = createKnex({
    client: 'pg',
    ...KNEX_MANNERS,
    searchPath: [schema],
    connection: {
      connectionString: url,
      application_name: applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: statementTimeoutMs * 2,
      query_timeout: statementTimeoutMs + 1000,
      keepAlive: true,
    },
    pool: {
      min: 0,
      max: poolSize,
      afterCreate(client: Client, done: (error: null, client: Client) => void) {
        if (measured) measureStatements(client, measured);
        cutWhenSilent(client);
        done(null, client);
      },
    },
    acquireConnectionTimeout: CONNECT_TIMEOUT_MS,
  });
  measured?.watchPool(knex.client.pool);
  return withoutStatements(knex);
}

export const KNEX_MANNERS = {
  // Errors reach whoever asked; knex' own words on stderr would be a second, unstructured log.
  log: { warn() {}, error() {}, deprecate() {}, debug() {} },
  // Else knex writes the values into the statement, a password's hash among them.
  compileSqlOnError: false,
} as const satisfies Knex.Config;

/** knex puts the failed statement before what the driver said: takes it off again. */
export function withoutStatements(knex: Knex): Knex {
  return knex.on('query-error', (error: Error, { sql }: { sql: string }) => {
    const prefix = `${sql} - `;
    if (error.message.startsWith(prefix)) error.message = error.message.slice(prefix.length);
  });
}

/**
 * The name under which a statement is measured, one of those that `connectDatabase` was told of.
 *
 * @example
 * db('posts').where({ id }).first().options(named('posts.byId'))
 */
export function named<Name extends string>(queryName: Name): { queryName: Name } {
  return { queryName };
}

type QueryCallback = (error: Error | null, result?: unknown) => void;
type Query = (statement: SentStatement, callback: QueryCallback) => void;

/** knex hands the options of a statement, its name among them, to the driver with the text. */
function measureStatements(client: Client, measured: DatabaseMetrics): void {
  const query = client.query.bind(client) as Query;
  const measure: Query = (statement, callback) => {
    const startedAtMs = performance.now();
    query(statement, (error, result) => {
      measured.statementEnded(statement, startedAtMs, error);
      callback(error, result);
    });
  };
  client.query = measure as Client['query'];
}

const SILENT = 'Query read timeout';

/**
 * Ends a connection on which a query got no answer. The driver only gives up the query: the pool
 * would hand out the connection again, to wait for a server that may never answer.
 */
function cutWhenSilent(client: Client): void {
  const query = client.query.bind(client) as Query;
  const cut: Query = (statement, callback) =>
    query(statement, (error, result) => {
      if (error?.message === SILENT) client.end(() => callback(error));
      else callback(error, result);
    });
  client.query = cut as Client['query'];
}

/** A health check that took longer would time out at whoever asks. */
const PING_TIMEOUT_MS = 1000;

/** Whether Postgres answers a query within a second. Never throws. */
export async function pingDatabase(db: Knex): Promise<Status> {
  const answer = db
    .raw('select 1')
    .options(named('ping'))
    .then(
      () => 'up' as const,
      () => 'down' as const,
    );
  return Promise.race([answer, wait(PING_TIMEOUT_MS, 'down' as const, { ref: false })]);
}

// SQLSTATE classes and codes (PostgreSQL manual, appendix A) that say "not now": connection
// exceptions, deadlock, insufficient resources, operator intervention, lock not available.
const UNAVAILABLE_SQLSTATE = /^(08...|40P01|53...|57...|55P03)$/;

const UNAVAILABLE_SYSTEM = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
]);

// What pg and the pool say without any code.
const UNAVAILABLE_MESSAGE =
  /^(Connection terminated|timeout expired|timeout exceeded|Query read timeout|Client has encountered a connection error|Knex: Timeout acquiring a connection)/;

/** Says `unavailable` of an error that means Postgres cannot be asked now, else nothing. */
export function mapDatabaseError(error: unknown): AppError | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const away =
    UNAVAILABLE_SQLSTATE.test(code) ||
    UNAVAILABLE_SYSTEM.has(code) ||
    UNAVAILABLE_MESSAGE.test(error.message) ||
    (error instanceof AggregateError && error.errors.some((one) => mapDatabaseError(one)));
  if (!away) return undefined;
  return new AppError('unavailable', 'The database cannot be reached at the moment', {
    cause: error,
    retryAfterSeconds: 1,
  });
}

/** The name of the constraint, or of the unique index, that a statement broke. */
export function violatedConstraint(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('constraint' in error)) return undefined;
  return typeof error.constraint === 'string' ? error.constraint : undefined;
}
