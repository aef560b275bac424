import { CacheUsageError } from '../errors.ts';

// SQLSTATE (PostgreSQL manual, appendix A) of a session that ended, possibly during COMMIT:
// connection exceptions, completion unknown, shut down, crashed.
const UNKNOWN_SQLSTATE = /^(08...|40003|57P01|57P02)$/;

// Messages of the driver and the pools that mean: COMMIT was not sent. They come without a code.
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
 * Whether a transaction that failed with this error may be in the database all the same. For
 * errors of node-postgres, through Knex or not. When in doubt, true.
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
  if (severity !== undefined) return severity === 'PANIC' || UNKNOWN_SQLSTATE.test(code);
  if (syscall === 'connect' || syscall === 'getaddrinfo') return false;
  return !NEVER_SENT.some((message) => message.test(error.message));
}

/** `severity` comes from Postgres alone, `syscall` from the operating system. */
interface PostgresOrSystemError extends Error {
  code?: string;
  severity?: string;
  syscall?: string;
}
