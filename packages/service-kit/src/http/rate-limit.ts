import type { RedisClient } from '@relay/cache/redis';
import {
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';

import { within } from '../process/within.ts';
import { AppError } from './app-error.ts';

/** How often each of many callers may do something within a window. */
export interface RateLimit {
  /**
   * Counts one attempt.
   *
   * @throws AppError `rate-limited` with the time until the window ends
   */
  count(key: string): Promise<void>;
  /** Takes one counted attempt back. */
  giveBack(key: string): Promise<void>;
  /** Ends the window of this key. */
  reset(key: string): Promise<void>;
}

interface RateLimitOptions {
  /** The prefix of the keys in Redis. */
  name: string;
  /** Attempts for each key in a window. */
  points: number;
  /** Shared by all pods. Without it, or while it is away, each process counts for itself. */
  redis: RedisClient | undefined;
  /** Sent to the client with a 429. */
  refusal: string;
  /** Default 60 seconds. */
  windowSeconds?: number;
  /** How long Redis may take to count. Default 250 ms. */
  timeoutMs?: number;
  /** How long Redis is not asked after it failed or took longer. Default 1 second. */
  pauseMs?: number;
  /** Redis does not count. Called once until it counts again. */
  onLost?: (error: unknown) => void;
  /** A monotonic clock in milliseconds. */
  now?: () => number;
}

/** For the log. */
export const RATE_LIMIT_LOST = 'Redis counts no attempts: each process counts for itself';

/** A limit that is counted in Redis, or in the process while Redis is away: it never fails a request. */
export function createRateLimit(options: RateLimitOptions): RateLimit {
  const { name, points, redis, refusal, windowSeconds = 60 } = options;
  const { timeoutMs = 250, pauseMs = 1000, now = () => performance.now(), onLost } = options;
  const settings = { keyPrefix: name, points, duration: windowSeconds };
  const inProcess = new RateLimiterMemory(settings);
  const shared =
    redis && new RateLimiterRedis({ ...settings, storeClient: redis, rejectIfRedisNotReady: true });
  let pausedUntilMs = Number.NEGATIVE_INFINITY;
  let isLost = false;

  function lost(error: unknown): void {
    pausedUntilMs = now() + pauseMs;
    if (!isLost) onLost?.(error);
    isLost = true;
  }

  async function attempt(work: (limiter: RateLimiterAbstract) => Promise<unknown>): Promise<void> {
    if (shared && now() >= pausedUntilMs) {
      try {
        const answered = await within(timeoutMs, work(shared));
        if (!answered) throw new Error(`no answer within ${timeoutMs} ms`);
        isLost = false;
        return;
      } catch (error) {
        if (error instanceof RateLimiterRes) {
          isLost = false;
          throw error;
        }
        lost(error);
      }
    }
    await work(inProcess);
  }

  return {
    count: (key) =>
      attempt((limiter) => limiter.consume(key)).catch((cause: unknown) => {
        if (!(cause instanceof RateLimiterRes)) throw cause;
        throw new AppError('rate-limited', refusal, {
          retryAfterSeconds: cause.msBeforeNext / 1000,
        });
      }),
    giveBack: (key) => attempt((limiter) => limiter.reward(key, 1)),
    reset: (key) => attempt((limiter) => limiter.delete(key)),
  };
}
