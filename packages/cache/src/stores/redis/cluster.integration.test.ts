import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';

import { freePort, startRedis, startRedisCluster, type LocalRedisCluster } from '@relay/local';
import { testRedis, testRedisCluster } from '@relay/local/testing';
import { afterAll, describe, expect, inject, it, vi } from 'vitest';

import { connectRedis, mastersOf, testClient } from '../../testing/redis.ts';
import { createTestCache } from '../../testing/test-cache.ts';
import type { RedisConnection } from './client.ts';
import { createRedisStore } from './store.ts';

const missing = (await testRedis()) === null;
const EVENTUALLY = { timeout: 20_000, interval: 10 };
const KEYS = Array.from({ length: 30 }, (_, n) => `posts:id:${n}`);

const cleanUps: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(cleanUps.map((cleanUp) => cleanUp())));

describe.skipIf(missing)('a Redis Cluster that cannot be reached', () => {
  it('fails commands at once instead of queueing them', async () => {
    const client = testClient({ nodes: [{ host: '127.0.0.1', port: await freePort() }] });
    await expect(client.get('a')).rejects.toThrow('enableOfflineQueue');
  });

  it('is not taken for the few nodes that it was told of, before it has found the others', async () => {
    const client = testClient({ nodes: [connectionOf(testRedisCluster()![0]!)] });
    const store = createRedisStore({ client });
    await expect(store.deleteMatching(`${randomUUID()}*`)).rejects.toThrow('is connecting');
    await expect(store.ping()).rejects.toThrow('is connecting');
    await expect(store.info()).rejects.toThrow('is connecting');
    await once(client, 'ready');
    expect(await store.deleteMatching(`${randomUUID()}*`)).toBe(0);
    expect(mastersOf(client)).toHaveLength(3);
  });

  it('is gone past, and used again when it is back, after what failed meanwhile was repeated', async () => {
    const cluster = await startOwnCluster();
    const client = await connectRedis(connectionTo(cluster));
    const { cache, of } = createTestCache({
      store: createRedisStore({ client }),
      operationTimeoutMs: 5000,
    });
    const readAll = async () => {
      const reads = KEYS.map((key) => cache.read({ key, ttlSeconds: 300, load: async () => key }));
      return new Set((await Promise.all(reads)).map(({ outcome }) => outcome));
    };
    expect(await readAll()).toEqual(new Set(['miss']));
    expect(await readAll()).toEqual(new Set(['hit']));

    await Promise.all(cluster.nodes.map((node) => node.kill()));
    expect(await readAll()).toEqual(new Set(['bypass']));
    expect(await cache.invalidateCache('posts:id:*')).toMatchObject({ status: 'failed' });
    expect(await readAll()).toEqual(new Set(['bypass']));

    await cluster.restart();
    await vi.waitFor(() => expect(of('store-up')).toHaveLength(1), EVENTUALLY);
    expect(of('store-up')).toEqual([{ type: 'store-up', replayed: 1 }]);
    await vi.waitFor(async () => expect(await readAll()).toEqual(new Set(['hit'])), EVENTUALLY);
  });

  it('in part: a pattern is not called applied while one master does not answer', async () => {
    const cluster = await startOwnCluster();
    const client = await connectRedis(connectionTo(cluster));
    const { cache, of } = createTestCache({
      store: createRedisStore({ client }),
      operationTimeoutMs: 5000,
      patternTimeoutMs: 500,
    });
    await Promise.all(
      KEYS.map((key) => cache.read({ key, ttlSeconds: 300, load: async () => 'old' })),
    );
    cluster.nodes[1]!.pause();
    expect(await cache.invalidateCache('posts:id:*')).toMatchObject({
      status: 'failed',
      retrying: true,
    });
    cluster.nodes[1]!.resume();
    await vi.waitFor(() => expect(of('store-up')).toHaveLength(1), EVENTUALLY);
    const reads = KEYS.map((key) => cache.read({ key, ttlSeconds: 300, load: async () => 'new' }));
    const values = (await Promise.all(reads)).map(({ bytes }) => bytes.toString());
    expect(new Set(values)).toEqual(new Set(['new']));
  });
});

function connectionOf(url: string) {
  const { hostname: host, port } = new URL(url);
  return { host, port: Number(port) };
}

function connectionTo({ nodes }: LocalRedisCluster): RedisConnection {
  return { nodes: nodes.map(({ port }) => ({ host: '127.0.0.1', port })) };
}

/** A cluster that may be killed, and started again with the slots it had. */
async function startOwnCluster(): Promise<LocalRedisCluster & { restart(): Promise<void> }> {
  const binary = inject('redisServer')!;
  const dir = path.join(inject('testFolder'), `own-cluster-${await freePort()}`);
  const cluster = await startRedisCluster({ binary, dir, masters: 3 });
  cleanUps.push(cluster.stop);
  async function restart() {
    const starts = cluster.nodes.map(({ port }, index) =>
      startRedis({
        binary,
        port,
        dir: path.join(dir, `node-${index + 1}`),
        extraArgs: ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'],
      }),
    );
    const nodes = await Promise.all(starts);
    cleanUps.push(...nodes.map((node) => node.stop));
  }
  return { ...cluster, restart };
}
