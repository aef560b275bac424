import type { RedisClient } from '@relay/cache/redis';
import { createRateLimit } from '@relay/service-kit/http/rate-limits';

/** Each call counts one attempt of a user. @throws AppError `rate-limited` with the time to wait */
export interface WriteLimits {
  post(userId: string): Promise<void>;
  /** Giving a vote, and taking one back. */
  vote(userId: string): Promise<void>;
}

interface WriteLimitsOptions {
  /** Posts of one user within a minute. */
  postsPerUser: number;
  /** Votes of one user within a minute. */
  votesPerUser: number;
  /** Shared by all pods. Without it, or while it is away, each process counts for itself. */
  redis: RedisClient | undefined;
  /** How long Redis may take to count. */
  timeoutMs: number;
  /** Redis does not count for the limit of this name. Called once until it counts again. */
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
      refusal: `Too many ${name}: try later`,
      onLost: (error) => onLost(error, name),
    });
  const posts = limit('posts', postsPerUser);
  const votes = limit('votes', votesPerUser);
  return {
    post: (userId) => posts.count(userId),
    vote: (userId) => votes.count(userId),
  };
}
