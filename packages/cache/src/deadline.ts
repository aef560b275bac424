import { asStoreError, CacheStoreError } from './errors.ts';

/**
 * Settles as `work` does, or rejects after `timeoutMs`. The work itself cannot be called back: it
 * may still run, and what it does later must be harmless.
 *
 * @throws CacheStoreError with failure `timeout`, or `error` with what `work` rejected with as cause
 * @throws CacheUsageError when `work` rejected with one
 */
export function withDeadline<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new CacheStoreError('timeout', `the cache store gave no answer in ${timeoutMs} ms`));
    }, timeoutMs);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (cause: unknown) => {
        clearTimeout(timer);
        reject(asStoreError(cause));
      },
    );
  });
}
