import { createRedisClient, type ConnectionEvent, type RedisClient } from '@relay/cache/redis';
import type { Logger } from 'pino';

import type { RedisHealth } from '../http/health.ts';

interface RedisSettings {
  url: string;
  /** The URL is one node of a Redis Cluster; the others are found through it. */
  cluster: boolean;
  /** A command without an answer for this long fails. Default: the caller sees to it. */
  commandTimeoutMs?: number;
  log: Logger;
  /** Gets every event of the connection, for the metrics. */
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

/**
 * Whether Redis takes a write now: a replica, a full memory or a missing permission leaves PING
 * alone. Never throws; waits as long as the client lets a command wait.
 *
 * @param key written for the check, for a second
 */
export async function checkRedis(
  client: RedisClient | undefined,
  key: string,
): Promise<RedisHealth> {
  if (!client) return { status: 'off' };
  return client.set(key, '1', 'PX', 1000).then(
    () => ({ status: 'up' }) as const,
    (error: unknown) => ({ status: 'down', reason: redisFault(error) }) as const,
  );
}

/** Why Redis is down, for operators: the code of its error, without a key or an address. */
export function redisFault(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = /^(?:ReplyError: )?([A-Z]{3,})\b/.exec(cause.message)?.[1];
    if (code !== undefined) return `Redis: ${code}`;
  }
  return 'Redis: no answer';
}

function clusterAt(url: string) {
  const { protocol, hostname, port, username, password } = new URL(url);
  const tls = protocol === 'rediss:';
  return {
    // A URL has an IPv6 address in brackets, a socket without them.
    nodes: [{ host: hostname.replaceAll(/^\[|\]$/g, ''), port: Number(port || 6379) }],
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
