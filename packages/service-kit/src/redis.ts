import { createRedisClient, type RedisClient } from '@relay/cache';
import type { Logger } from 'pino';

interface RedisSettings {
  url: string;
  /** The URL is one node of a Redis Cluster; the others are found through it. */
  cluster: boolean;
  log: Logger;
}

/**
 * A client that connects in the background and says in the log when the connection comes and
 * goes: once each, however many attempts fail in between.
 */
export function connectRedis({ url, cluster, log }: RedisSettings): RedisClient {
  let lost = false;
  return createRedisClient({
    connection: cluster ? clusterAt(url) : url,
    onEvent(event) {
      if (event.type === 'ready') {
        log.info('Redis connected');
        lost = false;
      } else if (event.type === 'error' && !lost) {
        log.warn({ err: event.error }, 'Redis connection failed - trying on');
        lost = true;
      }
    },
  });
}

function clusterAt(url: string) {
  const { protocol, hostname, port, username, password } = new URL(url);
  return {
    nodes: [{ host: hostname, port: Number(port || 6379) }],
    options: {
      redisOptions: {
        ...(username && { username: decodeURIComponent(username) }),
        ...(password && { password: decodeURIComponent(password) }),
        ...(protocol === 'rediss:' && { tls: {} }),
      },
    },
  };
}
