import { beforeEach, describe, expect, it, vi } from 'vitest';

import { defineKeys, key } from '../keys/define-keys.ts';
import { createMemoryStore } from '../stores/memory/store.ts';
import { createMemoryBus } from '../testing/lossy-bus.ts';
import { createTestCache } from '../testing/test-cache.ts';

const ids = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ id: from + index }));

describe('getMany', () => {
  it('reads all keys at once, and loads missing entries in one call', async () => {
    const loadMany = vi.fn<(params: readonly { id: unknown }[]) => Promise<string[]>>(
      async (params) => params.map(({ id }) => `post ${String(id)}`),
    );
    const keys = defineKeys({ byId: key('posts:id:{id}', { loadMany }) });
    const { cache, calls } = createTestCache({ keys });
    await cache.getMany(keys.byId, ids(1, 25));
    const values = await cache.getMany(keys.byId, ids(1, 50));
    expect(values).toEqual(ids(1, 50).map(({ id }) => `post ${id}`));
    expect(loadMany.mock.calls.map(([params]) => params.length)).toEqual([25, 25]);
    expect(calls('read')).toBe(2);
  });

  it('rejects when the batch loader returns too few values', async () => {
    const keys = defineKeys({ byId: key('posts:id:{id}', { loadMany: async () => [] }) });
    const { cache } = createTestCache({ keys });
    await expect(cache.getMany(keys.byId, [{ id: 1 }])).rejects.toThrow(
      'loadMany returned 0 values',
    );
  });
});

describe('warm', () => {
  it('loads missing entries, and leaves the rest alone', async () => {
    const load = vi.fn<(params: { id: unknown }) => Promise<unknown>>(async ({ id }) => {
      if (id === 2) throw new Error('the source is down');
      return id;
    });
    const keys = defineKeys({ byId: key('posts:id:{id}', { load }) });
    const { cache } = createTestCache({ keys });
    await cache.get(keys.byId({ id: 1 }));
    await cache.warm([1, 2, 3].map((id) => keys.byId({ id })));
    expect(load.mock.calls.map(([{ id }]) => id)).toEqual([1, 2, 3]);
    expect((await cache.getBytes(keys.byId({ id: 3 }))).outcome).toBe('hit');
  });
});

describe('a value that cannot be decoded', () => {
  let undecodable = '';
  const codec = {
    name: 'moody',
    encode: String,
    decode(bytes: Buffer) {
      if (bytes.toString() === undecodable) throw new Error('cannot be decoded');
      return bytes.toString();
    },
  };
  beforeEach(() => void (undecodable = ''));

  it('in the store is loaded again, and replaced', async () => {
    const load = vi.fn<() => Promise<string>>(async () => 'loaded');
    const keys = defineKeys({ one: key('one', { codec, load }) });
    const { cache, of } = createTestCache({ keys });
    await cache.get(keys.one());
    undecodable = 'loaded';
    load.mockResolvedValue('loaded again');
    expect(await cache.get(keys.one())).toBe('loaded again');
    expect(of('discarded')).toMatchObject([{ reason: 'undecodable' }]);
    expect(await cache.get(keys.one())).toBe('loaded again');
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('in the in-process tier does not stay there', async () => {
    const load = vi.fn<() => Promise<string>>(async () => 'loaded');
    const keys = defineKeys({ one: key('one', { codec, load, localTtlSeconds: 60 }) });
    const { cache } = createTestCache({ keys, bus: createMemoryBus() });
    await vi.waitUntil(async () => {
      await cache.get(keys.one());
      return (await cache.getBytes(keys.one())).outcome === 'hit';
    });
    undecodable = 'loaded';
    load.mockResolvedValue('loaded again');
    expect(await cache.get(keys.one())).toBe('loaded again');
    expect(await cache.get(keys.one())).toBe('loaded again');
  });

  it('past its time is not returned as stale', async () => {
    let time = 0;
    const load = vi.fn<() => Promise<string>>(async () => 'loaded');
    const options = { codec, load, ttlSeconds: 60, staleWhileRevalidateSeconds: 60 };
    const keys = defineKeys({ one: key('one', options) });
    const { cache } = createTestCache({ keys, store: createMemoryStore({ now: () => time }) });
    await cache.get(keys.one());
    time = 61_000;
    undecodable = 'loaded';
    load.mockResolvedValue('loaded again');
    expect(await cache.get(keys.one())).toBe('loaded again');
  });
});

it('absence has its own time with any codec', async () => {
  let time = 0;
  const load = vi.fn<() => Promise<null>>(async () => null);
  const codec = { name: 'dash', encode: () => '-', decode: () => null };
  const keys = defineKeys({ one: key('one', { codec, load, negativeTtlSeconds: 1, jitter: 0 }) });
  const { cache } = createTestCache({ keys, store: createMemoryStore({ now: () => time }) });
  await cache.get(keys.one());
  time = 1000;
  await cache.get(keys.one());
  expect(load).toHaveBeenCalledTimes(2);
});
