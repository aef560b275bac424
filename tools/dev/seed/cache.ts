import { createCache } from '@relay/cache';
import { createRedisStore } from '@relay/cache/redis';

import { openRedis, type RedisPlace } from '../../kit/redis-connection.ts';
import type { Target } from './target.ts';

/** Invalidates the entries that the new rows outdate. Returns the outcome as a sentence. */
export async function invalidatePosts(cache: Target['cache']): Promise<string | undefined> {
  switch (cache) {
    case 'none':
      return undefined;
    case 'unknown':
      return 'No REDIS_URL is set: cached lists show the new posts once they expire.';
    case 'in the running process':
      return 'Relay caches in its own process: restart it, or wait until the lists expire.';
    default:
      return invalidate(cache);
  }
}

async function invalidate(place: RedisPlace): Promise<string> {
  const { host } = new URL(place.url);
  const client = await openRedis(place);
  if ('problem' in client) {
    return `Redis at ${host} ${client.problem}: cached lists show the new posts once they expire.`;
  }
  const cache = createCache({ store: createRedisStore({ client }), keys: [] });
  try {
    const result = await cache.invalidateCache('posts:*');
    if (result.status === 'failed') throw result.error;
    return `Cache at ${host}: entries invalidated: ${result.removed}.`;
  } catch {
    return `Redis at ${host} does not answer: cached lists show the new posts once they expire.`;
  } finally {
    await cache.close();
    client.disconnect();
  }
}
