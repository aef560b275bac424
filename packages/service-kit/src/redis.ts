import { createRedisClient, type ConnectionEvent, type RedisClient } from '@relay/cache/redis';
import type { Logger } from 'pino';

import type { Status } from './health.ts';

interface RedisSettings {
  url: string;
  /** The URL is one node of a Redis Cluster; the others are found through it. */
  cluster: boolean;
  /** A command without an answer for this long fails. Default: the caller sees to it. */
  commandTimeoutMs?: number;
  log: Logger;
  /** Hears all of it, for the metrics. */
  watch?: (event: ConnectionEvent) => void;
}

/**
 * A client that connects in the background and says in the log when the connection comes and
 * goes: once each, however many attempts fail in between.
 */
export function connectRedis(settings: RedisSettings): RedisClient {
  const { url, cluster, commandTimeoutMs, log, watch } = settings;
  let lost = false;
  return createRedisClient({
    connection: cluster ? clusterAt(url) : url,
    ...(commandTimeoutMs && { commandTimeoutMs }),
    onEvent(event) {
      watch?.(event);
      if (event.type === 'ready') {
        log.info('Redis connected');
        lost = false;
      } else if (event.type === 'error' && !lost) {
        log.warn({ err: event.error }, 'Redis connection failed, retrying');
        lost = true;
      }
    },
  });
}

/** Whether Redis answers now. Never throws; waits as long as the client lets a command wait. */
export async function pingRedis(client: RedisClient | undefined): Promise<Status | 'off'> {
  if (!client) return 'off';
  return client.ping().then(
    () => 'up',
    () => 'down',
  );
}

function clusterAt(url: string) {
  const { protocol, hostname, port, username, password } = new URL(url);
  const tls = protocol === 'rediss:';
  return {
    nodes: [{ host: hostname, port: Number(port || 6379) }],
    options: {
      // ioredis would look addresses up, and a certificate is for a name.
      ...(tls && { dnsLookup: keepName }),
      redisOptions: {
        ...(username && { username: decodeURIComponent(username) }),
        ...(password && { password: decodeURIComponent(password) }),
        ...(tls && { tls: {} }),
      },
    },
  };
}

function keepName(name: string, callback: (error: null, address: string) => void): void {
  callback(null, name);
}
