import { afterEach, describe, expect, it, vi } from 'vitest';

import { createCache } from './cache.ts';
import type { CacheListener } from './observe/events.ts';
import type { Outbox, OutboxDispatch } from './protocol/outbox.ts';
import { createMemoryStore } from './stores/memory/store.ts';
import { createIdleOutbox } from './testing/idle-outbox.ts';
import { createTestCache } from './testing/test-cache.ts';

afterEach(() => void vi.useRealTimers());

describe('cacheAside', () => {
  it('returns the same JSON value from the loader, from the store, and past the store', async () => {
    const { cache, fail } = createTestCache();
    const value = { at: new Date(0), none: undefined, list: [1, null], text: 'é🦊' };
    const read = () =>
      cache.cacheAside<unknown>({ key: 'posts:all', ttlSeconds: 60, load: async () => value });
    const expected = { at: '1970-01-01T00:00:00.000Z', list: [1, null], text: 'é🦊' };
    expect(await read()).toStrictEqual(expected);
    expect(await read()).toStrictEqual(expected);
    fail();
    expect(await read()).toStrictEqual(expected);
  });

  it.each([null, false, 0, '', [], {}])('caches %j', async (value) => {
    const { cache } = createTestCache();
    const load = vi.fn<() => Promise<unknown>>(async () => value);
    const read = () => cache.cacheAside({ key: 'posts:all', ttlSeconds: 60, load });
    expect(await read()).toEqual(value);
    expect(await read()).toEqual(value);
    expect(load).toHaveBeenCalledOnce();
  });

  it.each([undefined, () => 1, Symbol('x')])(
    'refuses %o, which JSON cannot express',
    async (value) => {
      const { cache } = createTestCache();
      const read = (load: () => Promise<unknown>) =>
        cache.cacheAside({ key: 'posts:all', ttlSeconds: 60, load });
      await expect(read(async () => value)).rejects.toMatchObject({ name: 'CacheUsageError' });
      expect(await read(async () => 'a value')).toBe('a value');
    },
  );

  it('gives each reader an object of its own', async () => {
    const { cache } = createTestCache();
    const read = () =>
      cache.cacheAside({ key: 'posts:all', ttlSeconds: 60, load: async () => ({ votes: 1 }) });
    const [first, second] = await Promise.all([read(), read()]);
    first.votes = 99;
    expect(second).toEqual({ votes: 1 });
    expect(await read()).toEqual({ votes: 1 });
  });

  it('stores exactly the JSON, for others to read', async () => {
    const store = createMemoryStore();
    const { cache } = createTestCache({ store });
    await cache.cacheAside({ key: 'posts:all', ttlSeconds: 60, load: async () => [{ id: 1 }] });
    expect(String((await store.read([{ key: 'posts:all' }]))[0]?.bytes)).toBe('[{"id":1}]');
  });

  it('keeps a value for its seconds, rounded down to the millisecond', async () => {
    let time = 0;
    const { cache } = createTestCache({ store: createMemoryStore({ now: () => time }) });
    const load = vi.fn<() => Promise<string>>(async () => 'value');
    const read = () => cache.cacheAside({ key: 'posts:all', ttlSeconds: 0.0109, load });
    await read();
    time = 9;
    await read();
    expect(load).toHaveBeenCalledTimes(1);
    time = 10;
    await read();
    expect(load).toHaveBeenCalledTimes(2);
  });
});

describe('the stats', () => {
  it('have no hit ratio before the first read', () => {
    const { cache } = createTestCache();
    expect(cache.stats()).toEqual({ hits: 0, misses: 0, stale: 0, fallbacks: 0, hitRatio: null });
  });

  it('add up: every read is a hit, a miss or a fallback, also after a failed load', async () => {
    const { cache, fail, heal } = createTestCache({ failureThreshold: 100 });
    const read = (key: string, load: () => Promise<unknown> = async () => 'value') =>
      cache.cacheAside({ key, ttlSeconds: 60, load }).catch(() => {});
    await read('a');
    for (let n = 0; n < 3; n += 1) await read('a');
    await read('b', failing);
    fail();
    for (let n = 0; n < 2; n += 1) await read('a');
    await read('b', failing);
    heal();
    await Promise.all([read('c'), read('c'), read('c')]);
    const { hits, misses, fallbacks, hitRatio } = cache.stats();
    expect({ hits, misses, fallbacks }).toEqual({ hits: 3, misses: 5, fallbacks: 3 });
    expect(hitRatio).toBe(3 / 8);
  });

  it('are counted even when a listener throws', async () => {
    vi.spyOn(process, 'emitWarning').mockReturnValue();
    const { cache } = createTestCache({ listeners: [broken] });
    await cache.cacheAside({ key: 'a', ttlSeconds: 60, load: async () => 1 });
    expect(cache.stats().misses).toBe(1);
  });
});

describe('the health', () => {
  it('is up, with the report of the store and the stats', async () => {
    const { cache } = createTestCache();
    await cache.cacheAside({ key: 'a', ttlSeconds: 60, load: async () => 'value' });
    expect(await cache.health()).toEqual({
      status: 'up',
      breaker: 'closed',
      latencyMs: expect.any(Number),
      store: { keyCount: 1, usedMemoryBytes: 7, maxMemoryBytes: 64 * 1024 ** 2 },
      error: null,
      stats: { hits: 0, misses: 1, stale: 0, fallbacks: 0, hitRatio: 0 },
      outbox: null,
    });
  });

  it('shows the last known contents of the outbox', async () => {
    let look: OutboxDispatch['onLook'] | undefined;
    const outbox: Outbox<never> = {
      ...createIdleOutbox(),
      start: ({ onLook }) => void (look = onLook),
    };
    const { cache, of } = createTestCache({ outbox });
    expect((await cache.health()).outbox).toBeNull();
    look?.({ pending: 2, lagMs: 1500, dispatched: 1 });
    expect((await cache.health()).outbox).toEqual({ pending: 2, lagMs: 1500 });
    expect(of('outbox')).toHaveLength(1);
  });

  it('is down, and does not throw, when the store fails', async () => {
    const { cache, fail } = createTestCache({ failureThreshold: 1 });
    fail();
    await cache.invalidateCache('a');
    expect(await cache.health()).toMatchObject({
      status: 'down',
      breaker: 'open',
      latencyMs: null,
      store: null,
      error: { message: expect.stringContaining('store') },
    });
  });

  it('is down while the breaker is open, though the store answers a ping', async () => {
    const cause = new Error('OOM command not allowed');
    const store = {
      ...createMemoryStore(),
      lease: () => Promise.reject(cause),
    };
    const cache = createCache({ store, keys: ['a'], failureThreshold: 1 });
    await cache.cacheAside({ key: 'a', ttlSeconds: 60, load: async () => 'value' });
    expect(await cache.health()).toMatchObject({
      status: 'down',
      breaker: 'open',
      latencyMs: expect.any(Number),
      error: { cause },
    });
    await cache.close();
  });

  it('is up while operations work, though the store does not report its memory', async () => {
    const store = {
      ...createMemoryStore(),
      info: () => Promise.reject(new Error('NOPERM')),
    };
    const cache = createCache({ store, keys: ['a'] });
    expect(await cache.health()).toMatchObject({ status: 'up', store: null, error: null });
    await cache.close();
  });

  it('is down within a deadline when the store never answers', async () => {
    vi.useFakeTimers();
    const { cache, silence } = createTestCache({ operationTimeoutMs: 100 });
    silence();
    const health = cache.health();
    await vi.advanceTimersByTimeAsync(100);
    expect(await health).toMatchObject({ status: 'down' });
  });
});

describe('a cache', () => {
  it('emits events to listeners added later, until they are removed', async () => {
    const { cache } = createTestCache();
    const listener = vi.fn<CacheListener>();
    const off = cache.on(listener);
    await cache.invalidateCache('a');
    const calls = listener.mock.calls.length;
    off();
    await cache.invalidateCache('a');
    expect(calls).toBeGreaterThan(0);
    expect(listener).toHaveBeenCalledTimes(calls);
  });

  it('lets the outbox apply rows only while the store answers', async () => {
    const start = vi.fn<Outbox<never>['start']>();
    const outbox: Outbox<never> = {
      start,
      append: async () => undefined,
      markApplied: () => undefined,
      mayHaveCommitted: () => true,
      replay: () => undefined,
      close: async () => undefined,
    };
    const { cache, fail } = createTestCache({ outbox, failureThreshold: 1 });
    const [{ canApply }] = start.mock.lastCall!;
    expect(canApply()).toBe(true);
    fail();
    await cache.invalidateCache('a');
    expect(canApply()).toBe(false);
    await cache.close();
  });

  it('leaves no timer behind when it is closed, and closes its store', async () => {
    vi.useFakeTimers();
    const store = { ...createMemoryStore(), close: vi.fn<() => Promise<void>>(async () => {}) };
    const { cache, fail } = createTestCache({ store });
    fail();
    await cache.invalidateCache('a');
    await cache.close();
    expect(store.close).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });
});

function failing(): Promise<never> {
  return Promise.reject(new Error('the source is down'));
}

function broken(): never {
  throw new Error('broken');
}
