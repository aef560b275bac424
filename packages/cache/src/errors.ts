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
  /** The store is well: only this key cannot be used, or not now. */
  readonly ofKey: boolean;

  constructor(
    failure: StoreFailure,
    message: string,
    options: ErrorOptions & { ofKey?: boolean } = {},
  ) {
    super(message, options);
    this.failure = failure;
    this.ofKey = options.ofKey ?? false;
  }
}

/** A key or an option that can never work. Thrown at once: it is a programming mistake. */
export class CacheUsageError extends Error {
  override readonly name = 'CacheUsageError';
}

/** A loader ran into its deadline. */
export class CacheLoadTimeoutError extends Error {
  override readonly name = 'CacheLoadTimeoutError';
}

/** The store is away and too many loads are under way already. Try again later. */
export class CacheOverloadedError extends Error {
  override readonly name = 'CacheOverloadedError';
}

/** `strict` mode: the write could not be fenced and was not made. Try again later. */
export class CacheWriteRefusedError extends Error {
  override readonly name = 'CacheWriteRefusedError';
}

/**
 * A write may have been made: its commit, or (in `strict` mode) its invalidation, had no certain
 * outcome. Repeating it blindly may make it twice. The outbox brings the cache in line either way.
 */
export class CacheOutcomeUnknownError extends Error {
  override readonly name = 'CacheOutcomeUnknownError';
}

/** Wraps a store's failure. A CacheUsageError stays one: it is the caller's mistake, not a fault of the store. */
export function asStoreError(cause: unknown): CacheStoreError | CacheUsageError {
  if (cause instanceof CacheStoreError || cause instanceof CacheUsageError) return cause;
  return new CacheStoreError('error', 'the cache store failed', { cause });
}
