import { setTimeout as wait } from 'node:timers/promises';

import { startTestRedis, testRedis } from '@relay/dev-servers/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

import type { Cache, CacheOptions } from './api.ts';
import { createCache } from './cache.ts';
import { defineKeys, key } from './keys/define-keys.ts';
import type { CacheEvent } from './observe/events.ts';
import { createRedisStore } from './stores/redis/store.ts';
import { connectRedis } from './testing/redis.ts';

const redisUrl = await testRedis();
/** A deadline that a busy machine keeps. */
const PATIENT = { operationTimeoutMs: 5000 };

/** One pod: a cache with a connection of its own, and everything that happens in it. */
async function startPod(url: string, options: Partial<CacheOptions> = {}) {
  const client = await connectRedis(url);
  const events: CacheEvent[] = [];
  const cache = createCache({
    store: createRedisStore({ client }),
    keys: ['posts:all', 'posts:id:{id}'],
    listeners: [(event) => void events.push(event)],
    ...PATIENT,
    ...options,
  });
  onTestFinished(() => cache.close());
  const count = (type: CacheEvent['type']) => events.filter((event) => event.type === type).length;
  return { cache, client, count, events };
}

const startPods = (url: string, options: Partial<CacheOptions> = {}) =>
  Promise.all([1, 2, 3].map(() => startPod(url, options)));

const readsOf = (
  caches: readonly Cache[],
  clients: number,
  read: (cache: Cache) => Promise<unknown>,
) =>
  Promise.all(Array.from({ length: clients }, (_, index) => read(caches[index % caches.length]!)));

describe.skipIf(redisUrl === null)('three pods', () => {
  test('load an expired key once for a thousand clients', async () => {
    const pods = await startPods(redisUrl!);
    const load = vi.fn<() => Promise<string>>(async () => {
      await wait(300);
      return 'loaded';
    });
    const request = { key: 'posts:all', ttlSeconds: 60, load };
    for (let expiry = 1; expiry <= 3; expiry += 1) {
      const caches = pods.map(({ cache }) => cache);
      const values = await readsOf(caches, 1000, (cache) => cache.cacheAside(request));
      expect(new Set(values)).toEqual(new Set(['loaded']));
      expect(load).toHaveBeenCalledTimes(expiry);
      // As its time does, without the wait.
      await pods[0]!.client.del('posts:all');
    }
  });

  test('load each of 300 cold keys once for a thousand clients, and never lose Redis', async () => {
    const pods = await startPods(redisUrl!, { operationTimeoutMs: 1000 });
    const loads = new Map<string, number>();
    // A source with as many connections as a pool has.
    const pool = { free: 10, waiting: new Array<() => void>() };
    const load = async (name: string) => {
      loads.set(name, (loads.get(name) ?? 0) + 1);
      if (pool.free > 0) pool.free -= 1;
      else await new Promise<void>((resolve) => pool.waiting.push(resolve));
      await wait(5);
      const next = pool.waiting.shift();
      if (next) next();
      else pool.free += 1;
      return name;
    };
    const names = Array.from({ length: 300 }, (_, id) => `posts:id:cold-${id}`);
    const reads = Array.from({ length: 1000 }, (_, client) => {
      const name = names[client % names.length]!;
      const { cache } = pods[client % pods.length]!;
      return cache.cacheAside({ key: name, ttlSeconds: 60, load: () => load(name) });
    });
    await Promise.all(reads);
    expect(Math.max(...loads.values())).toBe(1);
    expect(pods.map(({ count }) => count('store-down'))).toEqual([0, 0, 0]);
  });

  test('wait for a live lease holder, and replace a dead one', async () => {
    const [dying, other] = await startPods(redisUrl!, { leaseMs: 400 });
    const never = new Promise<string>(() => {});
    void dying!.cache
      .read({ key: 'posts:id:dead', ttlSeconds: 60, load: () => never })
      .catch(() => {});
    await vi.waitUntil(() => dying!.count('miss') === 1);
    // Its connection goes, and with it the extensions of its lease.
    dying!.client.disconnect();
    const load = vi.fn<() => Promise<string>>(async () => 'alive');
    const request = { key: 'posts:id:dead', ttlSeconds: 60, load };
    expect(await readsOf([other!.cache], 100, (cache) => cache.cacheAside(request))).toEqual(
      Array.from({ length: 100 }, () => 'alive'),
    );
    expect(load).toHaveBeenCalledOnce();
  });

  test('take turns: a load longer than its lease is still the only one, and is stored', async () => {
    const pods = await startPods(redisUrl!, { leaseMs: 300 });
    const load = vi.fn<() => Promise<string>>(async () => {
      await wait(1000);
      return 'slow';
    });
    const request = { key: 'posts:id:slow', ttlSeconds: 60, load };
    const caches = pods.map(({ cache }) => cache);
    await readsOf(caches, 30, (cache) => cache.cacheAside(request));
    expect(load).toHaveBeenCalledOnce();
    expect(String(await pods[0]!.client.get('posts:id:slow'))).toBe('"slow"');
  });
});

describe.skipIf(redisUrl === null)('one bad key', () => {
  test('of a wrong type is a miss, is replaced, and costs the others nothing', async () => {
    const { cache, client, count } = await startPod(redisUrl!, { failureThreshold: 1 });
    await client.lpush('posts:id:list', 'x');
    await client.lpush('lease:{posts:id:list}', 'x');
    const read = (id: string) =>
      cache.read({ key: `posts:id:${id}`, ttlSeconds: 60, load: async () => 'value' });
    expect((await read('list')).outcome).toBe('miss');
    expect((await read('list')).outcome).toBe('hit');
    expect(count('store-down')).toBe(0);
  });

  test('with a value overwritten by another program is a miss, and is replaced', async () => {
    const { cache, client } = await startPod(redisUrl!);
    const read = () =>
      cache.read({ key: 'posts:id:garbage', ttlSeconds: 60, load: async () => '{"id":1}' });
    await read();
    await client.set('posts:id:garbage', 'garbage');
    const { bytes, outcome } = await read();
    expect([outcome, bytes.toString()]).toEqual(['miss', '{"id":1}']);
    expect((await read()).outcome).toBe('hit');
  });

  test('of another version of the application is a miss for this one, and is replaced', async () => {
    const versions = ['1', '2'].map((version) =>
      defineKeys({ byId: key('versions:{id}', { version, load: async () => ({ version }) }) }),
    );
    const [one, two] = await Promise.all(versions.map((keys) => startPod(redisUrl!, { keys })));
    const read = (pod: typeof one, index: number) =>
      pod!.cache.get(versions[index]!.byId({ id: 1 }));
    expect(await read(one, 0)).toEqual({ version: '1' });
    expect(await read(two, 1)).toEqual({ version: '2' });
    expect(two!.events).toContainEqual(
      expect.objectContaining({ type: 'discarded', reason: 'codec' }),
    );
    expect(await read(two, 1)).toEqual({ version: '2' });
    expect(two!.count('load')).toBe(1);
  });
});

describe.skipIf(redisUrl === null)('Redis that comes back from old data', () => {
  test('serves nothing of it, and stores no load that began before', async () => {
    const redis = await startTestRedis({ appendonly: true });
    const { cache, client } = await startPod(redis.url);
    let votes = 1;
    const load = async () => String(votes);
    const read = async (name: string) => {
      const { bytes, outcome } = await cache.read({ key: name, ttlSeconds: 300, load });
      return `${outcome} ${bytes.toString()}`;
    };
    await read('posts:all');
    const source = Promise.withResolvers<string>();
    const slow = cache.read({ key: 'posts:id:1', ttlSeconds: 300, load: () => source.promise });
    await vi.waitUntil(async () => (await client.exists('lease:{posts:id:1}')) === 1);
    const [, dir] = (await client.config('GET', 'dir')) as [string, string];
    // Everything so far is on disk, and nothing that follows.
    await client.config('SET', 'appendfsync', 'always');
    await client.set('the last thing', 'written');
    await client.config('SET', 'appendonly', 'no');

    votes = 2;
    await cache.invalidateCache('posts:all', 'posts:id:1');
    await redis.kill();
    const restarted = await startTestRedis({ port: redis.port, dir, appendonly: true });
    await vi.waitUntil(() => client.status === 'ready', 10_000);
    expect(await client.get('posts:all')).toBe('1');
    source.resolve('1');
    await slow;
    await vi.waitUntil(async () => (await read('posts:all')) === 'hit 2', 10_000);
    expect(await read('posts:id:1')).toBe('miss 2');
    await restarted.stop();
  });
});
