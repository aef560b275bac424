import { once } from 'node:events';

import { startTestRedis, testRedis } from '@relay/dev-servers/testing';
import type { Redis } from 'ioredis';
import { afterAll, describe, expect, it, vi } from 'vitest';

import { startOwnCluster } from '../../testing/own-cluster.ts';
import { mastersOf, nodesAt } from '../../testing/redis.ts';
import { createRedisClient, type RedisClient, type RedisConnection } from './client.ts';

const missing = (await testRedis()) === null;
const EVENTUALLY = { timeout: 20_000, interval: 10 };

const clients: RedisClient[] = [];
afterAll(() => {
  for (const client of clients) client.disconnect();
});

function createClient(connection: RedisConnection, silenceTimeoutMs: number): RedisClient {
  const client = createRedisClient({ connection, silenceTimeoutMs });
  clients.push(client);
  return client;
}

/** Unlike `once` of `node:events`, goes past the error that precedes the end of a connection. */
function closeOf(client: RedisClient): Promise<void> {
  return new Promise((resolve) => {
    client.once('close', resolve);
  });
}

describe.skipIf(missing)('a connection of a client', () => {
  it('ends when Redis falls silent under a command, which fails, and is opened again', async () => {
    const redis = await startTestRedis();
    const client = createClient(redis.url, 200);
    await once(client, 'ready');
    redis.pause();
    const closed = closeOf(client);
    await expect(client.get('a')).rejects.toBeInstanceOf(Error);
    await closed;
    redis.resume();
    await vi.waitFor(async () => expect(await client.ping()).toBe('PONG'), EVENTUALLY);
  });

  it('ends when Redis accepts it and answers nothing at all', async () => {
    const redis = await startTestRedis();
    redis.pause();
    const client = createClient(redis.url, 200);
    await closeOf(client);
    redis.resume();
    await vi.waitFor(async () => expect(await client.ping()).toBe('PONG'), EVENTUALLY);
  });

  it('stays while Redis is busy, and while it is idle', async () => {
    const redis = await startTestRedis();
    const client = createClient(redis.url, 200) as Redis;
    await once(client, 'ready');
    const onClose = vi.fn<() => void>();
    client.on('close', onClose);
    const id = await client.client('ID');
    for (let n = 0; n < 300; n += 1) await client.set(`a${n % 10}`, 'x'.repeat(1000));
    await new Promise((resolve) => {
      setTimeout(resolve, 600);
    });
    expect(await client.client('ID')).toBe(id);
    expect(onClose).not.toHaveBeenCalled();
  });

  it('ends on a Cluster for the node that fell silent, and for no other', async () => {
    const cluster = await startOwnCluster();
    const client = createClient({ nodes: nodesAt(cluster.urls) }, 200);
    await once(client, 'ready');
    const masters = mastersOf(client);
    await Promise.all(masters.map((master) => master.ping()));
    const closed: (number | undefined)[] = [];
    for (const master of masters) master.on('close', () => closed.push(master.options.port));
    const { port } = cluster.nodes[1]!;
    cluster.nodes[1]!.pause();
    await Promise.allSettled(masters.map((master) => master.ping()));
    await vi.waitFor(() => expect(closed).toContain(port), EVENTUALLY);
    expect(new Set(closed)).toEqual(new Set([port]));
    cluster.nodes[1]!.resume();
  });
});
