import { AsyncResource } from 'node:async_hooks';

import { AppError } from '@relay/service-kit/http/app-error';
import PQueue from 'p-queue';

/** `full`: no place in the queue. `late`: the turn did not come in time. `gone`: the client has closed the connection. */
export const REFUSAL_REASONS = ['full', 'late', 'gone'] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** Bounds the hashes that run at a time, those that wait for their turn, and how long they wait. */
export interface HashQueue {
  readonly running: number;
  readonly waiting: number;
  /**
   * For the start of a request, before any other work for it.
   *
   * @throws AppError `unavailable` while the queue is full
   */
  assertRoom(): void;
  /**
   * Runs `work` when it is its turn, first come, first served. Drops it if `gone` is aborted before;
   * a hash that has begun keeps its place to its end.
   *
   * @throws AppError `unavailable` before `work` has begun: the queue is full, or the turn does not
   *   come in time. `invalid` if the client has gone: it gets no answer
   */
  run<T>(work: () => Promise<T>, gone: AbortSignal): Promise<T>;
}

interface HashQueueOptions {
  /** Hashes that run at a time. */
  concurrency: number;
  /** Hashes that wait, at most. */
  maxWaiting?: number;
  /** How long one waits, at most. */
  maxWaitMs?: number;
  onRefused: (reason: RefusalReason) => void;
}

/** What two threads hash in about 1.5 s, on a core each. */
const MAX_WAITING = 100;

/** For pods with less CPU than that. */
const MAX_WAIT_MS = 3000;

const RETRY_AFTER_SECONDS = 1;

/** For DNS look-ups, which every new connection needs, and for files. */
const FREE_THREADS = 2;

/** How many passwords are hashed at a time on a thread pool of this size. */
export function hashesAtATime(threads: number): number {
  return Math.max(1, threads - FREE_THREADS);
}

/** A bulkhead (Nygard, *Release It!*, chapter 5) for what occupies a thread and 19 MiB each. */
export function createHashQueue(options: HashQueueOptions): HashQueue {
  const { concurrency, maxWaiting = MAX_WAITING, maxWaitMs = MAX_WAIT_MS, onRefused } = options;
  const queue = new PQueue({ concurrency });

  function refusal(reason: RefusalReason): AppError {
    onRefused(reason);
    if (reason === 'gone') return new AppError('invalid', 'The client has closed the connection');
    return new AppError('unavailable', 'Too many passwords wait to be hashed: try later', {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
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
    async run(work, gone) {
      if (gone.aborted) throw refusal('gone');
      assertRoom();
      // The queue starts it from the hash before, which is another request's.
      const ownWork = AsyncResource.bind(work);
      const place = holdPlace({ gone, maxWaitMs, refusal });
      return queue
        .add(
          () => {
            place.release();
            return ownWork();
          },
          { signal: place.lost },
        )
        .finally(place.release);
    },
  };
}

interface PlaceOptions {
  gone: AbortSignal;
  maxWaitMs: number;
  refusal: (reason: RefusalReason) => AppError;
}

/** A place in the queue. `lost` ends the wait; after `release`, nothing does. */
function holdPlace({ gone, maxWaitMs, refusal }: PlaceOptions) {
  const lost = new AbortController();
  const lose = (reason: RefusalReason) => {
    release();
    lost.abort(refusal(reason));
  };
  const onGone = () => lose('gone');
  const timer = setTimeout(() => lose('late'), maxWaitMs);
  gone.addEventListener('abort', onGone);

  function release(): void {
    clearTimeout(timer);
    gone.removeEventListener('abort', onGone);
  }
  return { lost: lost.signal, release };
}
