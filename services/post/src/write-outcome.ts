const NEVER_SENT = /^(timeout expired|Knex: Timeout acquiring a connection)/;

// Postgres says these (PostgreSQL manual, appendix A) of a statement that it may have committed:
// connection exceptions, completion unknown, shut down, crashed.
const UNKNOWN_SQLSTATE = /^(08...|40003|57P01|57P02)$/;

/**
 * Whether a write that failed may be in the database all the same, as after a connection that broke
 * before the answer came. It is not if no connection was had, or if Postgres refused the statement.
 */
export function mayHaveCommitted(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  // Of several addresses, none of which could be connected to.
  if (error instanceof AggregateError) return error.errors.some(mayHaveCommitted);
  const { code = '', syscall = '', severity } = error as PostgresOrSystemError;
  if (severity !== undefined) return UNKNOWN_SQLSTATE.test(code);
  return !['connect', 'getaddrinfo'].includes(syscall) && !NEVER_SENT.test(error.message);
}

/** Of these only what Postgres answered has a `severity`, and only a system call's error a `syscall`. */
interface PostgresOrSystemError extends Error {
  code?: string;
  severity?: string;
  syscall?: string;
}
