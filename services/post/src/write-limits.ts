import type { RedisClient } from '@relay/cache/redis';
import { createRateLimit } from '@relay/service-kit/http/rate-limit';

/** Each call counts one attempt of a user. @throws AppError `rate-limited` with `retryAfterSeconds` */
export interface WriteLimits {
  post(userId: string): Promise<void>;
  /** Adding or removing a vote. */
  vote(userId: string): Promise<void>;
}

interface WriteLimitsOptions {
  /** Posts per user and minute. */
  postsPerUser: number;
  /** Votes per user and minute. */
  votesPerUser: number;
  /** Shared by all pods. Without it, or during an outage, each process counts by itself. */
  redis: RedisClient | undefined;
  /** The time limit for Redis. */
  timeoutMs: number;
  /** Called when Redis fails to count for this limit; not repeated until it counts again. */
  onLost: (error: unknown, limit: string) => void;
}

export function createWriteLimits(options: WriteLimitsOptions): WriteLimits {
  const { postsPerUser, votesPerUser, redis, timeoutMs, onLost } = options;
  const limit = (name: string, points: number) =>
    createRateLimit({
      name: `post:limit:${name}`,
      points,
      redis,
      timeoutMs,
      detail: `Too many ${name}: try again later`,
      onLost: (error) => onLost(error, name),
    });
  const posts = limit('posts', postsPerUser);
  const votes = limit('votes', votesPerUser);
  return {
    post: (userId) => posts.count(userId),
    vote: (userId) => votes.count(userId),
  };
}
