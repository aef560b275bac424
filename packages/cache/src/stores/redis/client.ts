import type { EventEmitter } from 'node:events';

import { Cluster, Redis, type ClusterNode, type ClusterOptions, type RedisOptions } from 'ioredis';

import { CacheUsageError } from '../../errors.ts';
import { dropArguments } from './drop-arguments.ts';
import { dropWhenSilent } from './silence.ts';

/** A connection to one server, through Sentinel, or to a Cluster. */
export type RedisClient = Redis | Cluster;

/**
 * Where Redis is, in ioredis' own terms: a URL, `RedisOptions` (with `sentinels` and `name` for
 * Sentinel), or the nodes and options of a Cluster.
 */
export type RedisConnection =
  | string
  | RedisOptions
  | { nodes: ClusterNode[]; options?: ClusterOptions };

/** A change of the connection, for the log. */
export type ConnectionEvent =
  | { type: 'ready' }
  | { type: 'reconnecting'; delayMs: number }
  | { type: 'closed' }
  | { type: 'error'; error: Error };

interface RedisClientOptions {
  connection: RedisConnection;
  onEvent?: (event: ConnectionEvent) => void;
  /** A connection attempt is given up after this long. Default 1,000 ms. */
  connectTimeoutMs?: number;
  /** A connection on which a command waits this long for its answer is dropped. Default 2,000 ms. */
  silenceTimeoutMs?: number;
  /** A command without an answer for this long fails. Default: none, for callers with a deadline. */
  commandTimeoutMs?: number;
  /** The longest pause between two attempts to connect. Default 500 ms. */
  maxReconnectDelayMs?: number;
}

const MIN_RECONNECT_DELAY_MS = 50;

/**
 * An ioredis client for a cache: while Redis is unavailable, commands fail at once rather than queue,
 * and the client tries to reconnect at least once in `maxReconnectDelayMs`. It replaces a connection
 * that has gone silent, and leaves a master that became a replica. The connection's own options take
 * precedence, except for two that the store relies on: the shape of replies, and reading from masters,
 * since a replica may still have an invalidated entry. The client connects in the background: creating
 * it never waits and does not fail without a server. Works with ioredis 5 and 6.
 *
 * @throws CacheUsageError for a URL that is not of the protocol `redis:` or `rediss:`
 */
export function createRedisClient(options: RedisClientOptions): RedisClient {
  const { connection, onEvent, maxReconnectDelayMs = 500, silenceTimeoutMs = 2000 } = options;
  if (typeof connection === 'string') assertRedisUrl(connection);
  const backoff = (attempt: number) =>
    Math.min(MIN_RECONNECT_DELAY_MS * 2 ** (attempt - 1), maxReconnectDelayMs);
  const common = {
    connectTimeout: options.connectTimeoutMs ?? 1000,
    maxRetriesPerRequest: 0,
    ...(options.commandTimeoutMs && { commandTimeout: options.commandTimeoutMs }),
    // After a failover the old master answers READONLY: look for the new one. The command fails at
    // once; to send it again would need the queue that a cache does without.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    replyMapping: 'legacy',
  } satisfies RedisOptions;

  if (typeof connection === 'object' && 'nodes' in connection) {
    const { redisOptions, ...clusterOptions } = connection.options ?? {};
    const client = new Cluster(connection.nodes, {
      enableOfflineQueue: false,
      clusterRetryStrategy: backoff,
      clusterNodeRetryStrategy: backoff,
      slotsRefreshTimeout: 2000,
      // A command fails at once if its connection was lost or its slot has no master.
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      // While a slot is being moved. The store has other ways, and tries them sooner.
      retryDelayOnTryAgain: 1,
      // Commands to a lost master fail at once and find no other: only this finds its successor.
      slotsRefreshInterval: 1000,
      ...clusterOptions,
      scaleReads: 'master',
      redisOptions: { ...common, ...redisOptions, replyMapping: 'legacy' },
    });
    client.on('+node', (node: Redis) => {
      dropWhenSilent(node, silenceTimeoutMs);
      outliveErrors(node);
    });
    return report(client, onEvent);
  }
  const defaults = {
    ...common,
    enableOfflineQueue: false,
    retryStrategy: backoff,
    // Commands of one turn of the event loop share a write. Not on a Cluster: there one moved slot
    // fails the whole batch (ioredis #2075).
    enableAutoPipelining: true,
    // The cache has gathered the reads of a turn already: they need not wait for its end again.
    autoPipeliningIgnoredCommands: ['mget'],
  };
  const client =
    typeof connection === 'string'
      ? new Redis(connection, defaults)
      : new Redis({
          sentinelRetryStrategy: backoff,
          ...defaults,
          ...connection,
          replyMapping: 'legacy',
        });
  dropWhenSilent(client, silenceTimeoutMs);
  outliveErrors(client);
  return report(client, onEvent);
}

/**
 * ioredis listens for one error of a socket. A TLS handshake that is refused can end in two, and the
 * second would end the process.
 */
export function outliveErrors(client: Redis): void {
  client.on('error', () => {
    (client as unknown as { stream?: EventEmitter }).stream?.on('error', () => undefined);
  });
}

/** ioredis takes any other text for the path of a socket. */
function assertRedisUrl(text: string): void {
  const protocol = URL.canParse(text) ? new URL(text).protocol : 'none';
  if (protocol === 'redis:' || protocol === 'rediss:') return;
  // Not the URL itself: it may carry a password.
  throw new CacheUsageError(`a Redis URL begins with redis:// or rediss://, not with ${protocol}`);
}

function report<T extends RedisClient>(client: T, onEvent?: (event: ConnectionEvent) => void): T {
  // Without a listener for `error`, ioredis writes every failed attempt to stderr.
  client.on('error', (error: Error) => onEvent?.({ type: 'error', error: dropArguments(error) }));
  client.on('ready', () => onEvent?.({ type: 'ready' }));
  client.on('close', () => onEvent?.({ type: 'closed' }));
  client.on('reconnecting', (delayMs: number) => onEvent?.({ type: 'reconnecting', delayMs }));
  return client;
}
