import { randomUUID } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';

import { freePort } from '@relay/dev-servers';
import { startTestRedis, testRedis, testRedisCluster } from '@relay/dev-servers/testing';
import type { Redis } from 'ioredis';
import { describe, expect, it, vi } from 'vitest';

import { startOwnCluster } from '../../testing/own-cluster.ts';
import { connectRedis, nodesAt, testClient, testStore } from '../../testing/redis.ts';
import { putText, readText } from '../../testing/stored-value.ts';
import { createTestCache } from '../../testing/test-cache.ts';
import { keySlot } from './key-slot.ts';

const missing = (await testRedis()) === null;
const EVENTUALLY = { timeout: 20_000, interval: 10 };
const KEYS = Array.from({ length: 30 }, (_, n) => `posts:id:${n}`);

describe.skipIf(missing)('a Redis Cluster that cannot be reached', () => {
  it('fails commands at once instead of queueing them', async () => {
    const client = testClient({ nodes: [{ host: '127.0.0.1', port: await freePort() }] });
    await expect(client.get('a')).rejects.toThrow('enableOfflineQueue');
  });

  it('is walked in full by a store with a new client, created with one of its nodes', async () => {
    const key = { key: `${randomUUID()}:a` };
    for (const nodes of nodesAt(testRedisCluster()!).map((node) => [node])) {
      const store = testStore({ client: testClient({ nodes }) });
      await putText(store, key);
      const walker = testStore({ client: testClient({ nodes }) });
      expect(await walker.invalidateMatching(key.key)).toBe(1);
    }
  });

  it('has entries that a new process finds, and that are void once its masters have restarted', async () => {
    const cluster = await startOwnCluster();
    const nodes = nodesAt(cluster.urls);
    const store = testStore({ client: testClient({ nodes }), heartbeatMs: 50 });
    const addresses = KEYS.map((key) => ({ key }));
    await Promise.all(addresses.map((address) => putText(store, address)));
    const other = testStore({ client: testClient({ nodes }) });
    const found = await other.read(addresses);
    expect(found.filter(Boolean)).toHaveLength(KEYS.length);
    const replaced = vi.fn<() => void>();
    store.onReplaced(replaced);

    await Promise.all(cluster.nodes.map((node) => node.kill()));
    await vi.waitFor(() => expect(store.read(addresses)).rejects.toBeInstanceOf(Error), EVENTUALLY);
    await cluster.restart();
    await vi.waitFor(async () => {
      await store.ping();
      expect(await store.read(addresses)).toEqual(KEYS.map(() => undefined));
      expect(replaced).toHaveBeenCalled();
    }, EVENTUALLY);
    await vi.waitFor(
      () => Promise.all(addresses.map((address) => putText(store, address))),
      EVENTUALLY,
    );
  });

  it('that answers PING and refuses every key is lost until it serves its slots again', async () => {
    const cluster = await startOwnCluster();
    const nodes = (await Promise.all(cluster.urls.map((url) => connectRedis(url)))) as Redis[];
    const client = testClient({ nodes: nodesAt(cluster.urls) });
    const { cache, of } = createTestCache({ store: testStore({ client }), retryMs: 10 });
    const read = () => cache.read({ key: 'posts:all', ttlSeconds: 60, load: async () => 'value' });
    await vi.waitFor(async () => expect((await read()).outcome).toBe('hit'), EVENTUALLY);

    for (const node of nodes) await node.cluster('DELSLOTS', 0);
    await vi.waitFor(async () => {
      await read();
      expect(of('store-down')).toHaveLength(1);
    }, EVENTUALLY);
    const probes = () => of('breaker').filter(({ state }) => state === 'half-open').length;
    await vi.waitFor(() => expect(probes()).toBeGreaterThan(5), EVENTUALLY);
    expect(of('store-up')).toEqual([]);
    expect((await read()).outcome).toBe('fallback');

    await nodes[0]!.cluster('ADDSLOTS', 0);
    await vi.waitFor(() => expect(of('store-up')).toHaveLength(1), EVENTUALLY);
  });

  it('restored in part from an old backup: an epoch in it brings back no invalidated entry', async () => {
    const cluster = await startOwnCluster();
    const nodes = nodesAt(cluster.urls);
    const store = testStore({ client: testClient({ nodes }), heartbeatMs: 50 });
    const tag = nameOn(2);
    const address = { key: nameOn(0), tags: [tag], grace: true };
    await putText(store, address, 'old', { graceMs: 60_000 });
    const tagNode = (await connectRedis(cluster.urls[2]!)) as Redis;
    const [, dir] = await tagNode.config('GET', 'dir');
    await tagNode.save();
    await copyFile(path.join(dir!, 'dump.rdb'), path.join(dir!, 'old.rdb'));
    await store.invalidate({ kind: 'tag', tag });
    expect(await readText(store, address)).toBeUndefined();

    await cluster.nodes[2]!.kill();
    await startTestRedis({
      port: cluster.nodes[2]!.port,
      dir: dir!,
      extraArgs: ['--cluster-enabled', 'yes', '--dbfilename', 'old.rdb'],
    });
    const restored = await connectRedis(cluster.urls[2]!);
    await vi.waitFor(async () => {
      await store.ping();
      expect(await restored.exists(`cache:tag:{${tag}}`)).toBe(1);
    }, EVENTUALLY);
    expect(await readText(store, address)).toBeUndefined();
    const answer = await store.lease(address, 'token', 1000);
    expect(answer.state).toBe('granted');
    expect(answer).not.toHaveProperty('grace');
  });

  it('is bypassed, and used again when it is back, after failed invalidations were repeated', async () => {
    const cluster = await startOwnCluster();
    const client = await connectRedis({ nodes: nodesAt(cluster.urls) });
    const { cache, of } = createTestCache({
      store: testStore({ client }),
      operationTimeoutMs: 5000,
    });
    const readAll = async () => {
      const reads = KEYS.map((key) => cache.read({ key, ttlSeconds: 300, load: async () => key }));
      return new Set((await Promise.all(reads)).map(({ outcome }) => outcome));
    };
    expect(await readAll()).toEqual(new Set(['miss']));
    expect(await readAll()).toEqual(new Set(['hit']));

    await Promise.all(cluster.nodes.map((node) => node.kill()));
    expect(await readAll()).toEqual(new Set(['fallback']));
    expect(await cache.invalidateCache('posts:id:*')).toMatchObject({ status: 'failed' });
    expect(await readAll()).toEqual(new Set(['fallback']));

    await cluster.restart();
    await vi.waitFor(
      () => expect(of('invalidated')).toMatchObject([{ replayed: true }]),
      EVENTUALLY,
    );
    await vi.waitFor(async () => expect(await readAll()).toEqual(new Set(['hit'])), EVENTUALLY);
  });

  it('in part: a pattern is not called applied while one master does not answer', async () => {
    const cluster = await startOwnCluster();
    const client = await connectRedis({ nodes: nodesAt(cluster.urls) });
    const { cache, of } = createTestCache({
      store: testStore({ client }),
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
    await vi.waitFor(
      () => expect(of('invalidated')).toMatchObject([{ replayed: true }]),
      EVENTUALLY,
    );
    const reads = KEYS.map((key) => cache.read({ key, ttlSeconds: 300, load: async () => 'new' }));
    const values = (await Promise.all(reads)).map(({ bytes }) => bytes.toString());
    expect(new Set(values)).toEqual(new Set(['new']));
  });
});

/** A name that is in the slots of one of three masters, alone or as a hash tag. */
function nameOn(master: number): string {
  for (let n = 0; ; n += 1) {
    if (Math.floor((keySlot(`${n}`) * 3) / 16_384) === master) return `${n}`;
  }
}
