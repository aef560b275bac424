import { classifyDatabaseError } from '@relay/cache/outbox';

/**
 * No connection is available: the circuit breaker is open, or the server refused the connection. The
 * message starts like Knex's own, by which the cache recognizes that no statement was sent.
 */
export class DatabaseAwayError extends Error {
  override readonly name = 'DatabaseAwayError';

  constructor(cause: unknown) {
    super(`Unable to acquire a connection: ${reasonOf(cause)}`, { cause });
  }
}

/** The name of the violated constraint or unique index. */
export function violatedConstraint(error: unknown): string | undefined {
  return classifyDatabaseError(error).constraint;
}

/** By SQLSTATE, its class, or Node's error code. */
const REASONS: [RegExp, string][] = [
  [/^28/, 'the role or its password is refused'],
  [/^3D000$/, 'the database does not exist'],
  [/^25006$/, 'the server is read-only'],
  [/^53300$/, 'the server has no free connection'],
  [/^57P03$/, 'the server is starting up or shutting down'],
  [/^57P0/, 'the server ended the connection'],
  [/^57014$/, 'the statement took too long'],
  [/^42501$/, 'the role may not read the schema'],
  [/^(22023|42704)$/, 'a start-up parameter is refused'],
  [/^08/, 'the server or a pooler refused the connection'],
  [/^E(NOTFOUND|AI_AGAIN)$/, 'the host name cannot be resolved'],
  [/^E[A-Z]+$/, 'the server cannot be reached'],
  [/SELF_SIGNED|CERT|^ERR_(TLS|SSL)_|^UNABLE_TO_/, 'the TLS connection failed'],
];

/** Errors without a code, by message. */
const MESSAGES: [RegExp, string][] = [
  [/^Knex: Timeout acquiring/, 'no connection of the pool became free in time'],
  [/^timeout expired|Query read timeout$/, 'the server did not answer in time'],
  [/^SASL:/, 'the role or its password is refused'],
  [/SSL connections$/, 'the server does not support TLS'],
];

/**
 * The reason of a database error, for operators. Unlike the server's own message, it never contains a role,
 * a host, a password or a statement.
 */
export function reasonOf(error: unknown): string {
  if (error instanceof DatabaseAwayError) return reasonOf(error.cause);
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  const { code } = classifyDatabaseError(error);
  const message = error instanceof Error ? error.message : '';
  const parameter = /start-?up parameter:? "?([\w.]+)|parameter "([\w.]+)"/.exec(message);
  if (parameter) return `the start-up parameter ${parameter[1] ?? parameter[2]} is refused`;
  if (code === undefined) {
    return MESSAGES.find(([text]) => text.test(message))?.[1] ?? 'the connection failed';
  }
  const text = REASONS.find(([codes]) => codes.test(code))?.[1] ?? 'the database reports an error';
  return `${text} (${code})`;
}
