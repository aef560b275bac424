import { classifyDatabaseError } from '@relay/cache/outbox';

import { AppError } from '../http/app-error.ts';

/**
 * No connection is given out: the database is known to be away, or a connection was refused. The
 * message begins as Knex' own does, which the cache takes as proof that nothing was sent.
 */
export class DatabaseAwayError extends Error {
  override readonly name = 'DatabaseAwayError';

  constructor(cause: unknown) {
    super(`Unable to acquire a connection: ${reasonOf(cause)}`, { cause });
  }
}

/** `unavailable` for an error after which the same request may succeed later, else nothing. */
export function mapDatabaseError(error: unknown): AppError | undefined {
  const { kind } = classifyDatabaseError(error);
  if (kind !== 'away' && kind !== 'busy') return undefined;
  const text = kind === 'away' ? 'The database cannot be reached' : 'The database is too busy';
  return new AppError('unavailable', `${text} at the moment`, {
    cause: error,
    retryAfterSeconds: 1,
  });
}

/**
 * `outcome-unknown`, without a time to retry after, for a write that may have been made although it
 * got no answer, else nothing. For writes that must not be repeated blindly.
 */
export function mapUnknownOutcome(error: unknown, detail: string): AppError | undefined {
  const { kind, mayHaveCommitted } = classifyDatabaseError(error);
  const isUnanswered = mayHaveCommitted && (kind === 'away' || kind === 'busy');
  return isUnanswered ? new AppError('outcome-unknown', detail, { cause: error }) : undefined;
}

/** The name of the constraint, or of the unique index, that a statement broke. */
export function violatedConstraint(error: unknown): string | undefined {
  return classifyDatabaseError(error).constraint;
}

/** By SQLSTATE or its class. */
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

/** Messages without a code, by their beginning. */
const MESSAGES: [RegExp, string][] = [
  [/^Knex: Timeout acquiring/, 'no connection of the pool came free in time'],
  [/^timeout expired|Query read timeout$/, 'the server gives no answer in time'],
  [/^SASL:/, 'the role or its password is refused'],
  [/SSL connections$/, 'the server does not support TLS'],
];

/**
 * Why the database cannot be used, for operators: without a name of a role or a host, a password or
 * a statement, which the server's own message may hold.
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
