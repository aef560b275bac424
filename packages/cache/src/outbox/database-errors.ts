import { CacheUsageError } from '../errors.ts';

/** An error of node-postgres, of a pool, or of Knex, as far as a caller must treat it differently. */
export interface DatabaseFailure {
  /**
   * - `away`: no server that takes writes was reached, or the session ended.
   * - `busy`: the server answers; this attempt ran out of time, locks or resources. Try again.
   * - `constraint`: the data was refused.
   * - `other`: anything else, such as a mistake in a statement.
   */
  kind: 'away' | 'busy' | 'constraint' | 'other';
  /** SQLSTATE, or the code of the operating system or of TLS. */
  code: string | undefined;
  /** The connection must not be used again. */
  connectionLost: boolean;
  /** The transaction may have committed in spite of the error: see `mayHaveCommitted`. */
  mayHaveCommitted: boolean;
  /** The violated constraint or unique index, if the server named it. */
  constraint: string | undefined;
}

/** `severity` comes from Postgres alone, `syscall` from the operating system. */
interface PostgresOrSystemError extends Error {
  code?: string;
  severity?: string;
  syscall?: string;
  constraint?: string;
}

// SQLSTATE: PostgreSQL manual, appendix A. A pooler reports its own failures as 08xxx.
// Connection exceptions, refused logins, an unknown database, a read-only server, a server or a
// session that was ended.
const AWAY_SQLSTATE = /^(08...|28...|3D000|25006|57P0.)$/;
// Serialization failures and deadlocks, idle and long transactions that were ended, insufficient
// resources, cancelled statements, lock timeouts.
const BUSY_SQLSTATE = /^(40...|25P03|25P04|53...|57...|55P03)$/;
const LOST_SQLSTATE = /^(08...|28...|3D000|25006|25P03|25P04|57P0.)$/;
const CONSTRAINT_SQLSTATE = /^23...$/;
// Of a session that ended, possibly during COMMIT: connection exceptions, completion unknown, shut
// down, crashed.
const UNKNOWN_OUTCOME_SQLSTATE = /^(08...|40003|57P01|57P02)$/;

const SYSTEM_CODE =
  /^(E(CONNREFUSED|CONNRESET|CONNABORTED|HOSTUNREACH|HOSTDOWN|NETUNREACH|NETDOWN|NOTFOUND|AI_AGAIN|PIPE|TIMEDOUT)|ERR_(TLS|SSL)_\w+|CERT_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+)$/;

// Messages without a code. Knex may put a statement before them.
const AWAY_MESSAGE = [
  // pg: no connection in time, a broken one, a closed one, one without an answer.
  /^timeout expired/,
  /(^| - )Connection terminated/,
  /is not queryable$/,
  /(^| - )Query read timeout$/,
  // pg: a login or TLS that failed on this side.
  /^SASL:/,
  /^The server does not support SSL connections$/,
  // Knex: the pool was destroyed, or refuses to connect.
  /^Unable to acquire a connection/,
];
const BUSY_MESSAGE = [
  /^timeout exceeded when trying to connect/,
  /^Knex: Timeout acquiring a connection/,
];

// Messages of the driver and the pools that mean: COMMIT was not sent.
const NEVER_SENT = [
  // pg and pg-pool: no connection in time.
  /^timeout expired/,
  /^timeout exceeded when trying to connect/,
  /^Connection terminated due to connection timeout/,
  // pg: the connection had broken or was closed before.
  /is not queryable$/,
  // Knex: no connection from its pool; rolled back by the caller.
  /^Knex: Timeout acquiring a connection/,
  /^Unable to acquire a connection/,
  /^Transaction rejected with non-error/,
];

/**
 * Classifies the errors of Postgres, its driver and its pools.
 *
 * @example
 * const { kind, constraint } = classifyDatabaseError(error);
 * if (kind === 'away' || kind === 'busy') return serviceUnavailable();
 */
export function classifyDatabaseError(error: unknown): DatabaseFailure {
  const { code, constraint } = (error instanceof Error ? error : {}) as PostgresOrSystemError;
  const kind = kindOf(error);
  return {
    kind,
    code: typeof code === 'string' ? code : undefined,
    connectionLost: isConnectionLost(error, kind),
    mayHaveCommitted: mayHaveCommitted(error),
    constraint: typeof constraint === 'string' ? constraint : undefined,
  };
}

function kindOf(error: unknown): DatabaseFailure['kind'] {
  if (!(error instanceof Error)) return 'other';
  const { code = '', message } = error as PostgresOrSystemError;
  if (AWAY_SQLSTATE.test(code) || SYSTEM_CODE.test(code)) return 'away';
  if (BUSY_SQLSTATE.test(code)) return 'busy';
  if (CONSTRAINT_SQLSTATE.test(code)) return 'constraint';
  // One error for each address of a host.
  if (error instanceof AggregateError && error.errors.some((one) => kindOf(one) === 'away')) {
    return 'away';
  }
  if (AWAY_MESSAGE.some((text) => text.test(message))) return 'away';
  return BUSY_MESSAGE.some((text) => text.test(message)) ? 'busy' : 'other';
}

function isConnectionLost(error: unknown, kind: DatabaseFailure['kind']): boolean {
  const { code = '', severity } = (error ?? {}) as Partial<PostgresOrSystemError>;
  if (severity === 'FATAL' || severity === 'PANIC') return true;
  return severity === undefined ? kind === 'away' : LOST_SQLSTATE.test(code);
}

/**
 * Whether a transaction that failed with this error may have committed. For errors of node-postgres,
 * through Knex or not. When in doubt, true.
 *
 * - An error that Postgres reported ends the transaction without effect, deferred constraints,
 *   serialization failures and a statement time-out (57014) during COMMIT included: past the point
 *   where they could be raised, a transaction is committed, and a cancelled wait for a replica
 *   becomes a warning. The exceptions are errors that end the session (08xxx, 40003, 57P01, 57P02),
 *   and a PANIC, which may come after the commit record was written.
 * - `Query read timeout` is the driver's: it ceased to wait, and COMMIT may still be carried out.
 * - A connection that broke without an answer leaves it open.
 * - No connection, no free place in the pool, or a connection known to be broken: nothing was sent.
 */
export function mayHaveCommitted(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  if (error instanceof CacheUsageError) return false;
  // One error for each address of a host. Without any it proves nothing.
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.some(mayHaveCommitted);
  }
  const { code = '', severity, syscall = '' } = error as PostgresOrSystemError;
  if (severity !== undefined) return severity === 'PANIC' || UNKNOWN_OUTCOME_SQLSTATE.test(code);
  if (syscall === 'connect' || syscall === 'getaddrinfo') return false;
  return !NEVER_SENT.some((message) => message.test(error.message));
}
