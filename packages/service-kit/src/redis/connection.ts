import { createRedisClient, type ConnectionEvent, type RedisClient } from '@relay/cache/redis';
import type { Logger } from 'pino';

/** Whether Redis accepts writes. `off`: none is configured. `reason` is for operators. */
export interface RedisHealth {
  status: 'up' | 'down' | 'off';
  reason?: string;
}

interface RedisSettings {
  url: string;
  /** The URL is one node of a Redis Cluster, through which the client discovers the others. */
  cluster: boolean;
  /** The time limit of a command. Default: none, the caller limits its commands. */
  commandTimeoutMs?: number;
  log: Logger;
  /** Receives every event of the connection, for the metrics. */
  watch?: (event: ConnectionEvent) => void;
}

/**
 * Creates a client that connects in the background. Logs each connection and each loss once, however many
 * reconnects fail in between.
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
 * Checks that Redis accepts a write: PING also succeeds on a replica, with full memory or without
 * permission. Never throws. Takes at most the client's command timeout.
 *
 * @param key written by the check, with a TTL of one second
 */
export async function checkRedis(
  client: RedisClient | undefined,
  key: string,
): Promise<RedisHealth> {
  if (!client) return { status: 'off' };
  return client.set(key, '1', 'PX', 1000).then(
    () => ({ status: 'up' }) as const,
    (error: unknown) => ({ status: 'down', reason: redisReasonOf(error) }) as const,
  );
}

/** The reason of a Redis error, for operators: its code, without keys and addresses. */
export function redisReasonOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = /^(?:ReplyError: )?([A-Z]{3,})\b/.exec(cause.message)?.[1];
    if (code !== undefined) return `Redis: ${code}`;
  }
  return 'Redis: no response';
}

function clusterAt(url: string) {
  const { protocol, hostname, port, username, password } = new URL(url);
  const tls = protocol === 'rediss:';
  return {
    // Sockets take an IPv6 address without the brackets of a URL.
    nodes: [{ host: hostname.replaceAll(/^\[|\]$/g, ''), port: Number(port || 6379) }],
    options: {
      // ioredis would resolve names to addresses, which do not match the certificate.
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
