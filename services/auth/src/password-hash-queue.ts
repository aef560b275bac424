import { AsyncResource } from 'node:async_hooks';

import { AppError } from '@relay/service-kit/http/app-error';
import PQueue from 'p-queue';

/** `full`: the queue is full. `late`: the wait timed out. `gone`: the client has disconnected. */
export const REFUSAL_REASONS = ['full', 'late', 'gone'] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** Limits the running hashes, the waiting hashes and their wait. */
export interface PasswordHashQueue {
  readonly running: number;
  readonly waiting: number;
  /**
   * Call it at the start of a request, before other work for it.
   *
   * @throws AppError `unavailable` if the queue is full
   */
  assertRoom(): void;
  /**
   * Runs `work` in the order of arrival. Drops it if `disconnected` is aborted while it waits; running work is not
   * aborted.
   *
   * @throws AppError `unavailable` before `work` has started, if the queue is full or the wait times out.
   *   `invalid` if the client has disconnected; it gets no response
   */
  run<T>(work: () => Promise<T>, disconnected: AbortSignal): Promise<T>;
}

interface PasswordHashQueueOptions {
  /** Maximum running hashes. */
  concurrency: number;
  /** Maximum waiting hashes. */
  maxWaiting?: number;
  maxWaitMs?: number;
  onRefused: (reason: RefusalReason) => void;
}

/** Two threads with a core each hash this many in about 1.5 s. */
const MAX_WAITING = 100;

/** Limits the wait on pods with less CPU. */
const MAX_WAIT_MS = 3000;

const RETRY_AFTER_SECONDS = 1;

/** Threads reserved for files and for DNS lookups, which every new connection needs. */
const FREE_THREADS = 2;

/** The number of concurrent hashes for a thread pool of this size. */
export function hashConcurrency(threads: number): number {
  return Math.max(1, threads - FREE_THREADS);
}

/** Creates a bulkhead (Nygard, *Release It!*, chapter 5): each hash occupies a thread and 19 MiB. */
export function createPasswordHashQueue(options: PasswordHashQueueOptions): PasswordHashQueue {
  const { concurrency, maxWaiting = MAX_WAITING, maxWaitMs = MAX_WAIT_MS, onRefused } = options;
  const queue = new PQueue({ concurrency });

  function refusal(reason: RefusalReason): AppError {
    onRefused(reason);
    if (reason === 'gone') return new AppError('invalid', 'The client has closed the connection');
    return new AppError(
      'unavailable',
      'Too many passwords are waiting to be hashed: try again later',
      {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      },
    );
  }

  function assertRoom(): void {
    if (queue.pending >= concurrency && queue.size >= maxWaiting) throw refusal('full');
  }

  return {
    assertRoom,
    get running() {
      return queue.pending;
    },
    get waiting() {
      return queue.size;
    },
    async run(work, disconnected) {
      if (disconnected.aborted) throw refusal('gone');
      assertRoom();
      // The queue would run it in the async context of the previous request.
      const workInContext = AsyncResource.bind(work);
      const place = holdPlace({ disconnected, maxWaitMs, refusal });
      return queue
        .add(
          () => {
            place.release();
            return workInContext();
          },
          { signal: place.lost },
        )
        .finally(place.release);
    },
  };
}

interface PlaceOptions {
  disconnected: AbortSignal;
  maxWaitMs: number;
  refusal: (reason: RefusalReason) => AppError;
}

/** Aborts `lost` on a timeout or when the client disconnects, unless `release` was called before. */
function holdPlace({ disconnected, maxWaitMs, refusal }: PlaceOptions) {
  const lost = new AbortController();
  const lose = (reason: RefusalReason) => {
    release();
    lost.abort(refusal(reason));
  };
  const onDisconnect = () => lose('gone');
  const timer = setTimeout(() => lose('late'), maxWaitMs);
  disconnected.addEventListener('abort', onDisconnect);

  function release(): void {
    clearTimeout(timer);
    disconnected.removeEventListener('abort', onDisconnect);
  }
  return { lost: lost.signal, release };
}
