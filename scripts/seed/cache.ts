import { once } from 'node:events';

import { createCache } from '@relay/cache';
import { createRedisClient, createRedisStore } from '@relay/cache/redis';

import type { Target } from './target.ts';

const CONNECT_TIMEOUT_MS = 3000;

/** Takes away what the new rows have made old, and says in a sentence what became of that. */
export async function forgetPosts(cache: Target['cache']): Promise<string | undefined> {
  switch (cache) {
    case 'none':
      return undefined;
    case 'unknown':
      return 'No REDIS_URL is set: cached lists show the new posts once they expire.';
    case 'in the running process':
      return 'Relay caches in its own process: restart it, or wait until the lists expire.';
    default:
      return invalidate(cache.redisUrl);
  }
}

async function invalidate(redisUrl: string): Promise<string> {
  const { host } = new URL(redisUrl);
  const client = createRedisClient({ connection: redisUrl });
  const cache = createCache({ store: createRedisStore({ client }), keys: [] });
  try {
    await once(client, 'ready', { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) });
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
