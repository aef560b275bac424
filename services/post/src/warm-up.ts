import type { Cache } from '@relay/cache';
import type { RedisClient } from '@relay/cache/redis';
import type { DatabaseHealth } from '@relay/service-kit/postgres/check';

import type { PostKeys } from './post-keys.ts';

interface WarmUpOptions {
  cache: Pick<Cache, 'warm'>;
  keys: Pick<PostKeys, 'all' | 'top'>;
  redis: RedisClient | undefined;
}

/** Loads the default pages into the cache as soon as Redis is connected. Never rejects. */
export async function warmUp({ cache, keys, redis }: WarmUpOptions): Promise<void> {
  // Without a connection the loaded pages could not be stored.
  if (redis && redis.status !== 'ready') {
    await new Promise<void>((resolve) => void redis.once('ready', resolve));
  }
  await cache.warm([keys.all(), keys.top()]);
}

/** Wraps a check to start `work` at its first `up`, without waiting for it. */
export function afterFirstUp(
  check: () => Promise<DatabaseHealth>,
  work: () => void,
): () => Promise<DatabaseHealth> {
  let isDone = false;
  return async function checkThenWork() {
    const health = await check();
    if (health.status === 'up' && !isDone) {
      isDone = true;
      work();
    }
    return health;
  };
}
