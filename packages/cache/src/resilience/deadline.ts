import { setImmediate } from 'node:timers';

import { asStoreError, CacheStoreError } from '../errors.ts';

/**
 * Settles as `work` does, or rejects after `timeoutMs`. The work itself cannot be called back: it
 * may still run, and what it does later must be harmless.
 *
 * @throws CacheStoreError with failure `timeout`, or `error` with what `work` rejected with as cause
 * @throws CacheUsageError when `work` rejected with one
 */
export function withDeadline<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const refuse = () =>
      reject(new CacheStoreError('timeout', `the cache store gave no answer in ${timeoutMs} ms`));
    // One look at the sockets first: after a pause of this process (a collection, a throttled CPU)
    // timers run before the answers that have long been there are read.
    const timer = setTimeout(() => setImmediate(refuse), timeoutMs);
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
