import type { Redis } from 'ioredis';

import type { InvalidationBus } from '../../api.ts';
import {
  createRedisClient,
  outliveErrors,
  type RedisClient,
  type RedisConnection,
} from './client.ts';

export type RedisBusOptions = (
  | { client: RedisClient }
  /** For a client of the bus' own, which `close` ends. */
  | { connection: RedisConnection }
) & {
  /** Default `cache:bus`. The key prefix goes before it, as with keys, and the database after it. */
  channel?: string;
};

const FIRST_RECONNECT_MS = 50;
const MAX_RECONNECT_MS = 500;
/** A subscriber that has not answered a ping for so long is replaced: its connection may be half open. */
const PING_INTERVAL_MS = 1000;
/** How long `close` waits for the last messages to be sent. */
const LAST_MESSAGES_MS = 100;

/**
 * A bus over Redis' publish and subscribe, on one server, Sentinel or Cluster. Messages are published
 * through the client and received through a connection of the bus' own, opened with the first listener.
 *
 * Redis keeps no messages for an absent subscriber. Each time that the subscription has been made,
 * the first time too, listeners are called with an empty message.
 *
 * @example
 * const bus = createRedisBus({ client });
 * const cache = createCache({ store: createRedisStore({ client }), keys, bus });
 */
export function createRedisBus(options: RedisBusOptions): InvalidationBus {
  const owned = 'connection' in options ? createRedisClient(options) : undefined;
  const client = 'client' in options ? options.client : owned!;
  const channel = scopedChannel(client, options.channel ?? 'cache:bus');
  const publish = createPublisher(client);
  const listeners = new Set<(message: string) => void>();
  const unsent = new Set<Promise<unknown>>();
  let subscription: { close(): void } | undefined;

  const deliver = (message: string) => {
    for (const listener of listeners) listener(message);
  };
  return {
    publish(message) {
      // A message that is not sent leaves a gap in its sender's numbers, or silence.
      const sending = publish(channel, message).then(
        () => void unsent.delete(sending),
        () => void unsent.delete(sending),
      );
      unsent.add(sending);
    },
    subscribe(listener) {
      listeners.add(listener);
      subscription ??= keepSubscribed(client, channel, deliver);
      return () => void listeners.delete(listener);
    },
    async close() {
      listeners.clear();
      subscription?.close();
      // The client gathers commands until the end of the turn: it must not be closed before.
      await waitForAll(unsent, LAST_MESSAGES_MS);
      owned?.disconnect();
    },
  };
}

/** Resolves when all have resolved, or after `timeoutMs`. None of them may reject. */
async function waitForAll(work: Iterable<Promise<unknown>>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([Promise.all(work), timeout]);
  clearTimeout(timer);
}

/** Messages reach subscribers of all databases and prefixes; the keys that they name do not. */
function scopedChannel(client: RedisClient, channel: string): string {
  const { keyPrefix = '' } = client.options;
  const db = 'nodes' in client ? 0 : (client.options.db ?? 0);
  return `${keyPrefix}${channel}${db === 0 ? '' : `:${db}`}`;
}

/**
 * On a Cluster, messages keep to one node while its connection lasts, and so keep their order. By
 * default the client takes any node, even before its connection is ready, and fails.
 */
function createPublisher(
  client: RedisClient,
): (channel: string, message: string) => Promise<number> {
  if (!('nodes' in client)) return (channel, message) => client.publish(channel, message);
  let node: Redis | undefined;
  return (channel, message) => {
    if (node?.status !== 'ready') {
      node = pick(client.nodes('master').filter(({ status }) => status === 'ready'));
    }
    return (node ?? client).publish(channel, message);
  };
}

function pick<T>(list: readonly T[]): T | undefined {
  return list[Math.floor(Math.random() * list.length)];
}

/**
 * Connects again at once when the connection ends, on a Cluster to any of its nodes. Not left to
 * ioredis: its subscriber for a Cluster has no deadline for a server that went silent.
 */
function keepSubscribed(
  client: RedisClient,
  channel: string,
  deliver: (message: string) => void,
): { close(): void } {
  let subscriber: Redis | undefined;
  let reconnectMs = FIRST_RECONNECT_MS;
  let reconnectTimer: NodeJS.Timeout | undefined;
  let pinged = false;

  function connect(): void {
    const created = openSubscriber(client);
    if (!created) return reconnectLater();
    subscriber = created;
    pinged = false;
    created.on('message', (_channel, message) => deliver(message));
    // The end of the connection follows and is handled; without a listener, ioredis prints errors.
    created.on('error', () => {});
    created.once('end', reconnectLater);
    created.once('ready', () => {
      created.subscribe(channel).then(
        () => {
          reconnectMs = FIRST_RECONNECT_MS;
          // A ping before the connection was ready has failed, which is no sign of silence.
          pinged = false;
          deliver('');
        },
        () => created.disconnect(),
      );
    });
  }

  function reconnectLater(): void {
    subscriber = undefined;
    reconnectTimer = setTimeout(connect, reconnectMs);
    reconnectMs = Math.min(reconnectMs * 2, MAX_RECONNECT_MS);
  }

  const pingTimer = setInterval(() => {
    const current = subscriber;
    if (!current) return;
    if (pinged) return abandon(current);
    pinged = true;
    const answered = () => {
      if (subscriber === current) pinged = false;
    };
    current.ping().then(answered, () => {});
  }, PING_INTERVAL_MS);
  pingTimer.unref();

  /** Does not wait for the connection to end, which takes a while if the other side is gone. */
  function abandon(current: Redis): void {
    current.off('end', reconnectLater);
    current.removeAllListeners('message');
    current.disconnect();
    reconnectLater();
  }

  connect();
  return {
    close() {
      clearInterval(pingTimer);
      clearTimeout(reconnectTimer);
      subscriber?.off('end', reconnectLater);
      subscriber?.disconnect();
    },
  };
}

/** `undefined` while the list of a Cluster's nodes is empty. */
function openSubscriber(client: RedisClient): Redis | undefined {
  const node = 'nodes' in client ? pick(client.nodes('master')) : client;
  const subscriber = node?.duplicate({
    keyPrefix: '',
    lazyConnect: false,
    autoResubscribe: false,
    enableAutoPipelining: false,
    // Reconnection is the caller's.
    retryStrategy: () => null,
  });
  if (subscriber) outliveErrors(subscriber);
  return subscriber;
}
