import { CacheOverloadedError } from '../errors.ts';

/** Bounds the loads that reach the source of truth at a time while the store is away. */
export interface OriginLimit {
  /**
   * Runs `work` when it is its turn, first come, first served. `work` needs a deadline of its own:
   * it keeps its slot until it settles.
   *
   * @throws CacheOverloadedError if the queue is full, or the turn does not come in time
   */
  run<T>(work: () => Promise<T>): Promise<T>;
}

interface OriginLimitOptions {
  /** Works that run at a time. */
  concurrency: number;
  /** Works that wait for their turn, at most. */
  queue: number;
  /** How long one waits for its turn, at most. Default 2,000. */
  maxWaitMs?: number;
}

/** A counting semaphore with a bounded queue (a bulkhead: Nygard, *Release It!*, chapter 5). */
export function createOriginLimit(options: OriginLimitOptions): OriginLimit {
  const { concurrency, queue, maxWaitMs = 2000 } = options;
  let running = 0;
  /** Begins a waiter's turn. In order of arrival: a set keeps it, and deletes in O(1). */
  const waiters = new Set<() => void>();

  function waitForTurn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiters.delete(begin);
        reject(new CacheOverloadedError(`no load could start in ${maxWaitMs} ms`));
      }, maxWaitMs);
      waiters.add(begin);
    });
  }

  function passOn(): void {
    const [begin] = waiters;
    if (!begin) {
      running -= 1;
      return;
    }
    // The slot goes from hand to hand, so that no newcomer takes it in between.
    waiters.delete(begin);
    begin();
  }

  return {
    async run(work) {
      if (running < concurrency) {
        running += 1;
      } else if (waiters.size < queue) {
        await waitForTurn();
      } else {
        throw new CacheOverloadedError(`${running} loads run and ${waiters.size} wait already`);
      }
      try {
        return await work();
      } finally {
        passOn();
      }
    },
  };
}
