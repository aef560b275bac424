/** Why a store operation gave no answer. */
export const STORE_FAILURES = ['timeout', 'error', 'open'] as const;
export type StoreFailure = (typeof STORE_FAILURES)[number];

/**
 * A store operation that gave no usable answer. Reads never throw it: they fall back to the
 * loader. It reaches callers only inside an invalidation's `failed` result and in events.
 */
export class CacheStoreError extends Error {
  override readonly name = 'CacheStoreError';
  readonly failure: StoreFailure;

  constructor(failure: StoreFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

/** A key or an option that can never work. Thrown at once: it is a programming mistake. */
export class CacheUsageError extends Error {
  override readonly name = 'CacheUsageError';
}

/** What a store's failure becomes. A mistake of the caller stays one: it says nothing about the store. */
export function asStoreError(cause: unknown): CacheStoreError | CacheUsageError {
  if (cause instanceof CacheStoreError || cause instanceof CacheUsageError) return cause;
  return new CacheStoreError('error', 'the cache store failed', { cause });
}
