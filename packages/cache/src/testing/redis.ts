import { once } from 'node:events';

import type { Redis } from 'ioredis';
import { afterAll } from 'vitest';

import type { CacheStore } from '../protocol/store.ts';
import {
  createRedisClient,
  type ConnectionEvent,
  type RedisClient,
  type RedisConnection,
} from '../stores/redis/client.ts';
import { createRedisStore, type RedisStoreOptions } from '../stores/redis/store.ts';

const clients: RedisClient[] = [];
const stores: CacheStore[] = [];
afterAll(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  for (const client of clients.splice(0)) client.disconnect();
});

/** A client as the product makes it, disconnected after the test file. It may not be connected yet. */
export function testClient(
  connection: RedisConnection,
  onEvent?: (event: ConnectionEvent) => void,
): RedisClient {
  const client = createRedisClient({ connection, ...(onEvent && { onEvent }) });
  clients.push(client);
  return client;
}

export async function connectRedis(connection: RedisConnection): Promise<RedisClient> {
  const client = testClient(connection);
  await once(client, 'ready');
  return client;
}

/** A store that is closed after the test file. */
export function testStore(options: RedisStoreOptions): CacheStore {
  const store = createRedisStore(options);
  stores.push(store);
  return store;
}

/** The nodes at these URLs, as a client takes them. */
export function nodesAt(urls: readonly string[]): { host: string; port: number }[] {
  return urls.map((url) => {
    const { hostname: host, port } = new URL(url);
    return { host, port: Number(port) };
  });
}

export function mastersOf(client: RedisClient): Redis[] {
  return 'nodes' in client ? client.nodes('master') : [client];
}

/** All keys that contain a text, on every master. A test's own server, or its own corner of one. */
export async function keysWith(client: RedisClient, text: string): Promise<string[]> {
  const perMaster = mastersOf(client).map(async (master) => {
    const keys: string[] = [];
    let cursor = '0';
    do {
      const [next, found] = await master.scan(cursor, 'MATCH', `*${text}*`, 'COUNT', 1000);
      keys.push(...found);
      cursor = next;
    } while (cursor !== '0');
    return keys;
  });
  return (await Promise.all(perMaster)).flat();
}

/**
 * Takes `ms` off the life of all keys that contain a text, and off that of each fence: time passes
 * for them alone.
 */
export async function ageKeys(client: RedisClient, text: string, ms: number): Promise<void> {
  const keys = await keysWith(client, text);
  await Promise.all(
    keys.map(async (key) => {
      const lifeMs = (await client.pttl(key)) - ms;
      if (lifeMs <= 0) return client.unlink(key);
      const record = (await client.type(key)) === 'string' ? await client.get(key) : null;
      if (!record?.startsWith('F:')) return client.pexpire(key, lifeMs);
      const aged = record.replaceAll(/=(\d+)/g, (_, untilMs) => `=${Number(untilMs) - ms}`);
      return client.set(key, aged, 'PX', lifeMs);
    }),
  );
}
