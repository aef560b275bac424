import type { RedisClient } from '@relay/cache/redis';
import {
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';

import { settlesWithin } from '../process/deadline.ts';
import { AppError } from './app-error.ts';

/** Limits the attempts per key and minute. */
export interface RateLimit {
  /**
   * Counts one attempt.
   *
   * @throws AppError `rate-limited` with the time until the minute ends
   */
  count(key: string): Promise<void>;
  /** Subtracts one counted attempt. */
  refund(key: string): Promise<void>;
  /** Removes all counted attempts of the key. */
  reset(key: string): Promise<void>;
}

interface RateLimitOptions {
  /** The prefix of the keys in Redis. */
  name: string;
  /** Allowed attempts per key and minute. */
  points: number;
  /** Shared by all pods. Without it, or during an outage, each process counts by itself. */
  redis: RedisClient | undefined;
  /** The detail of the 429. */
  detail: string;
  /** The time limit for Redis. Default 250 ms. */
  timeoutMs?: number;
  /** How long to bypass Redis after a failure or timeout. Default 1 second. */
  pauseMs?: number;
  /** Called when Redis fails to count; not repeated until it counts again. */
  onLost?: (error: unknown) => void;
  /** A monotonic clock in milliseconds. */
  now?: () => number;
}

const WINDOW_SECONDS = 60;

/** The log message for `onLost`. */
export const RATE_LIMIT_LOST =
  'Redis is unavailable for rate limits: each process counts by itself';

/** Creates a limit that counts in Redis, or in the process while Redis fails: a Redis outage fails no request. */
export function createRateLimit(options: RateLimitOptions): RateLimit {
  const { name, points, redis, detail } = options;
  const { timeoutMs = 250, pauseMs = 1000, now = () => performance.now(), onLost } = options;
  const settings = { keyPrefix: name, points, duration: WINDOW_SECONDS };
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
        const answered = await settlesWithin(timeoutMs, work(shared));
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
        throw new AppError('rate-limited', detail, {
          retryAfterSeconds: cause.msBeforeNext / 1000,
        });
      }),
    refund: (key) => attempt((limiter) => limiter.reward(key, 1)),
    reset: (key) => attempt((limiter) => limiter.delete(key)),
  };
}
