import { classifyDatabaseError } from '@relay/cache/outbox';

import { AppError } from './app-error.ts';

/** Maps a database error to `unavailable` if a retry may succeed; else returns `undefined`. */
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
 * Maps the error of a write that may have been committed to `outcome-unknown`, without `Retry-After`; else
 * returns `undefined`. For writes that are not safe to repeat.
 */
export function mapUnknownOutcome(error: unknown, detail: string): AppError | undefined {
  const { kind, mayHaveCommitted } = classifyDatabaseError(error);
  const isUnanswered = mayHaveCommitted && (kind === 'away' || kind === 'busy');
  return isUnanswered ? new AppError('outcome-unknown', detail, { cause: error }) : undefined;
}
