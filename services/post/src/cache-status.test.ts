import { createCache, createMemoryStore, defineKeys, key, type CacheHealth } from '@relay/cache';
import { beforeEach, expect, test, vi } from 'vitest';

import { createCacheStatus } from './cache-status.ts';

let failing: boolean;
let nowMs: number;
beforeEach(() => {
  failing = false;
  nowMs = 0;
});

function setUp() {
  const keys = defineKeys({
    post: key('post:{id}', {
      ttlSeconds: 60,
      load: async ({ id }) => {
        if (failing) throw new Error('Postgres is away');
        return `post ${id}`;
      },
    }),
  });
  const cache = createCache({ store: createMemoryStore(), keys });
  const status = createCacheStatus({ cache, store: 'memory', now: () => nowMs });
  return { cache, status, read: (id: number) => cache.getBytes(keys.post({ id })) };
}

test('before the first read every counter is 0 and there is no ratio', async () => {
  expect(await setUp().status()).toEqual({
    process: expect.stringMatching(/^[\da-f]{8}$/),
    store: 'memory',
    state: 'up',
    reads: 0,
    hits: 0,
    misses: 0,
    hitRatio: null,
    readsSaved: 0,
    outbox: null,
  });
});

test('counts reads, hits, misses, and reads that caused no load', async () => {
  const { status, read } = setUp();
  for (const id of [1, 1, 1, 1, 2]) await read(id);
  expect(await status()).toMatchObject({
    reads: 5,
    hits: 3,
    misses: 2,
    hitRatio: 0.6,
    readsSaved: 3,
  });
});

test('reads that shared a load are saved, though they were misses', async () => {
  const { status, read } = setUp();
  await Promise.all([read(1), read(1), read(1)]);
  expect(await status()).toMatchObject({ reads: 3, hits: 0, readsSaved: 2 });
});

test('a failed load is not a saved read', async () => {
  const { status, read } = setUp();
  failing = true;
  await expect(read(1)).rejects.toThrow('Postgres is away');
  expect(await status()).toMatchObject({ reads: 1, readsSaved: 0 });
});

test('checks the store at most once a second, and the counters each time', async () => {
  const { cache, status, read } = setUp();
  const health = vi.spyOn(cache, 'health');
  await Promise.all([status(), status()]);
  nowMs = 999;
  await read(1);
  expect(await status()).toMatchObject({ reads: 1 });
  expect(health).toHaveBeenCalledOnce();
  nowMs = 1000;
  await status();
  expect(health).toHaveBeenCalledTimes(2);
});

test('returns the state of the store and the outbox', async () => {
  const { cache, status } = setUp();
  const lost: CacheHealth = {
    ...(await cache.health()),
    status: 'down',
    outbox: { pending: 3, lagMs: 1500 },
  };
  vi.spyOn(cache, 'health').mockResolvedValue(lost);
  expect(await status()).toMatchObject({
    state: 'away',
    outbox: { rows: 3, oldestSeconds: 1.5 },
  });
});

test('two processes have different ids', async () => {
  const ids = [await setUp().status(), await setUp().status()].map((status) => status.process);
  expect(new Set(ids).size).toBe(2);
});
