import { once } from 'node:events';

import type { Redis } from 'ioredis';
import { afterAll } from 'vitest';

import {
  createRedisClient,
  type ConnectionEvent,
  type RedisClient,
  type RedisConnection,
} from '../stores/redis/client.ts';

const clients: RedisClient[] = [];
afterAll(() => {
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

/** A client that is connected. */
export async function connectRedis(connection: RedisConnection): Promise<RedisClient> {
  const client = testClient(connection);
  await once(client, 'ready');
  return client;
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

/** Takes `ms` off the life of all keys that contain a text: time passes for them alone. */
export async function ageKeys(client: RedisClient, text: string, ms: number): Promise<void> {
  for (const key of await keysWith(client, text)) {
    await client.pexpire(key, (await client.pttl(key)) - ms);
  }
}
