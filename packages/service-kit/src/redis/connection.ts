import { createRedisClient, type ConnectionEvent, type RedisClient } from '@relay/cache/redis';
import type { Logger } from 'pino';

import { ConfigError } from '../process/config.ts';

/** Whether Redis accepts writes. `off`: none is configured. `reason` is for operators. */
export interface RedisHealth {
  status: 'up' | 'down' | 'off';
  reason?: string;
}

interface SentinelSettings {
  /** The name under which the Sentinels monitor the master. */
  master: string;
  /** The password of the Sentinels themselves. Default: none. */
  password?: string | undefined;
}

export interface RedisSettings {
  url: string;
  /** The URL is one node of a Redis Cluster, through which the client discovers the others. */
  cluster: boolean;
  /**
   * The URL is a Sentinel, with the user of the Redis servers: the client gets the address of this master from it,
   * and follows a failover.
   */
  sentinel?: SentinelSettings | undefined;
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
  const { commandTimeoutMs, log, watch } = settings;
  let lost = false;
  return createRedisClient({
    connection: connectionOf(settings),
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
 * The connection in a service's configuration (`redisVariables`).
 *
 * @throws ConfigError for a Cluster with Sentinels
 */
export function redisConnection(config: {
  REDIS_CLUSTER: boolean;
  REDIS_SENTINEL_MASTER?: string | undefined;
  REDIS_SENTINEL_PASSWORD?: string | undefined;
}): Pick<RedisSettings, 'cluster' | 'sentinel'> {
  const { REDIS_SENTINEL_MASTER: master, REDIS_SENTINEL_PASSWORD: password } = config;
  if (master && config.REDIS_CLUSTER) {
    throw new ConfigError(
      'REDIS_SENTINEL_MASTER: a Redis Cluster (REDIS_CLUSTER) has no Sentinels',
    );
  }
  return { cluster: config.REDIS_CLUSTER, ...(master && { sentinel: { master, password } }) };
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

function connectionOf({ url, cluster, sentinel }: RedisSettings) {
  if (cluster) return clusterAt(url);
  return sentinel ? sentinelAt(url, sentinel) : url;
}

function clusterAt(url: string) {
  const { node, tls, credentials } = partsOf(url, 6379);
  return {
    nodes: [node],
    options: {
      // ioredis would resolve names to addresses, which do not match the certificate.
      ...(tls && { dnsLookup: keepName }),
      redisOptions: { ...credentials, ...(tls && { tls: {} }) },
    },
  };
}

function sentinelAt(url: string, { master, password }: SentinelSettings) {
  const { node, tls, credentials } = partsOf(url, 26_379);
  return {
    sentinels: [node],
    name: master,
    ...credentials,
    ...(password && { sentinelPassword: password }),
    ...(tls && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
  };
}

function partsOf(url: string, defaultPort: number) {
  const { protocol, hostname, port, username, password } = new URL(url);
  return {
    // Sockets take an IPv6 address without the brackets of a URL.
    node: { host: hostname.replaceAll(/^\[|\]$/g, ''), port: Number(port || defaultPort) },
    tls: protocol === 'rediss:',
    credentials: {
      ...(username && { username: decodeURIComponent(username) }),
      ...(password && { password: decodeURIComponent(password) }),
    },
  };
}

function keepName(name: string, callback: (error: null, address: string) => void): void {
  callback(null, name);
}
