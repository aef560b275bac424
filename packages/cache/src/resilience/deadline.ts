import { setImmediate } from 'node:timers';

import { asStoreError, CacheStoreError } from '../errors.ts';
import { MAX_TIMER_MS } from '../option-ranges.ts';

/** A timer this late was held up by the process itself, not by the store. */
const STALL_MS = 50;

/**
 * Settles as `work` does, or rejects after `timeoutMs`. The work itself cannot be cancelled: it may
 * still run, and its later effects must be harmless.
 *
 * @throws CacheStoreError with failure `timeout`, or `error` with the rejection of `work` as its cause
 * @throws CacheUsageError if `work` rejected with one
 */
export function withDeadline<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const deadline = startDeadline(timeoutMs, () =>
      reject(new CacheStoreError('timeout', `the cache store gave no answer in ${timeoutMs} ms`)),
    );
    work.then(
      (value) => {
        clearTimeout(deadline.timer);
        resolve(value);
      },
      (cause: unknown) => {
        clearTimeout(deadline.timer);
        reject(asStoreError(cause));
      },
    );
  });
}

export interface Deadline {
  /** Clear it once the work has ended. */
  timer: NodeJS.Timeout;
}

/**
 * Calls `expire` after `timeoutMs`, but not for a delay that this process caused itself: a busy
 * process would take a healthy store for a lost one, load everything from its source, and be busier
 * still. `expire` may run once more after the timer was cleared, and must then do nothing.
 */
export function startDeadline(timeoutMs: number, expire: () => void): Deadline {
  const delayMs = Math.min(timeoutMs, MAX_TIMER_MS);
  const startedAt = performance.now();
  // After a pause, timers run before the answers that have long arrived are read from their sockets.
  const readSocketsThenExpire = () => void setImmediate(expire);
  const deadline = {
    timer: setTimeout(() => {
      const graceMs = stallGraceMs(performance.now() - startedAt - delayMs, delayMs);
      if (graceMs === 0) readSocketsThenExpire();
      else deadline.timer = setTimeout(readSocketsThenExpire, graceMs);
    }, delayMs),
  };
  return deadline;
}

/**
 * Extra time for an answer after a stall of this process: as long as the stall, once, and at most the
 * deadline again. 0: the timer was not late.
 */
export function stallGraceMs(lateMs: number, timeoutMs: number): number {
  return lateMs <= STALL_MS ? 0 : Math.min(lateMs, timeoutMs);
}
