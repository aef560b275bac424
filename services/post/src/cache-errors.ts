import {
  CacheLoadTimeoutError,
  CacheOutcomeUnknownError,
  CacheOverloadedError,
  CacheWriteRefusedError,
} from '@relay/cache';
import { AppError } from '@relay/service-kit/http/app-error';

/** The answer to what the cache throws; `undefined` for any other error. */
export function mapCacheError(error: unknown): AppError | undefined {
  // No `Retry-After`: repeating the request without a key may do it twice.
  if (error instanceof CacheOutcomeUnknownError) {
    return new AppError(
      'outcome-unknown',
      'The change may have been made: repeat it with the same Idempotency-Key, or look before you repeat it',
      { cause: error },
    );
  }
  const busy =
    error instanceof CacheWriteRefusedError ||
    error instanceof CacheOverloadedError ||
    error instanceof CacheLoadTimeoutError;
  if (!busy) return undefined;
  return new AppError('unavailable', 'The service cannot answer at the moment', {
    cause: error,
    retryAfterSeconds: 1,
  });
}
