import {
  CacheLoadTimeoutError,
  CacheOutcomeUnknownError,
  CacheOverloadedError,
  CacheWriteRefusedError,
} from '@relay/cache';
import { AppError } from '@relay/service-kit/http/app-error';

/** Maps an error of the cache to an `AppError`; `undefined` for other errors. */
export function mapCacheError(error: unknown): AppError | undefined {
  // Without `Retry-After`: repeated without an Idempotency-Key, the change may be made twice.
  if (error instanceof CacheOutcomeUnknownError) {
    return new AppError(
      'outcome-unknown',
      'The change may have been made: repeat the request with the same Idempotency-Key, or check the result first',
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
