import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { CacheRead } from '../api.ts';
import { createMemoryStore } from '../stores/memory/store.ts';
import { createTestCache } from '../testing/test-cache.ts';

const KEY = 'posts:all';
type Load = () => Promise<string>;
const request = (load: Load) => ({ key: KEY, ttlSeconds: 60, load });
const loaded: Load = async () => 'loaded';
const failing: Load = () => Promise.reject(new Error('the source is down'));
const text = ({ bytes, outcome }: CacheRead) => `${outcome} ${bytes.toString()}`;

describe('a read', () => {
  it('loads on a miss, and then hits', async () => {
    const { cache, story } = createTestCache();
    const load = vi.fn<Load>(async () => 'loaded');
    expect(text(await cache.read(request(load)))).toBe('miss loaded');
    expect(text(await cache.read(request(load)))).toBe('hit loaded');
    expect(load).toHaveBeenCalledOnce();
    expect(story().filter((type) => type !== 'operation')).toEqual(['miss', 'load', 'hit']);
  });

  it('costs one look at the store when it hits', async () => {
    const { cache, calls } = createTestCache();
    await cache.read(request(loaded));
    const before = { read: calls('read'), lease: calls('lease'), fill: calls('fill') };
    await cache.read(request(loaded));
    expect(calls('read')).toBe(before.read + 1);
    expect(calls('lease')).toBe(before.lease);
    expect(calls('fill')).toBe(before.fill);
  });

  it('returns any bytes as they were loaded', async () => {
    const { cache } = createTestCache();
    const bytes = Uint8Array.of(0, 255, 128, 10);
    const read = () => cache.read({ key: KEY, ttlSeconds: 60, load: async () => bytes });
    const miss = await read();
    const hit = await read();
    expect([...miss.bytes]).toEqual([0, 255, 128, 10]);
    expect(hit.bytes).toEqual(miss.bytes);
  });

  it.each([0, -1, 0.0009, Number.NaN, Infinity, 1e300])(
    'refuses a life of %d seconds',
    async (life) => {
      const { cache, story } = createTestCache();
      const load = vi.fn<Load>(async () => 'loaded');
      await expect(cache.read({ key: KEY, ttlSeconds: life, load })).rejects.toMatchObject({
        name: 'CacheUsageError',
      });
      expect(load).not.toHaveBeenCalled();
      expect(story()).toEqual([]);
    },
  );

  it('with a key that no store takes throws, and leaves the cache to other reads', async () => {
    const { cache, story } = createTestCache({ failureThreshold: 1 });
    for (let n = 0; n < 3; n += 1) {
      await expect(
        cache.read({ key: 'posts:id:}', ttlSeconds: 60, load: loaded }),
      ).rejects.toMatchObject({
        name: 'CacheUsageError',
      });
    }
    expect(story()).not.toContain('store-down');
    expect(text(await cache.read(request(loaded)))).toBe('miss loaded');
  });
});

describe('a thousand readers of one missing key', () => {
  it('cause one load, and all get its value', async () => {
    const { cache, of } = createTestCache();
    const load = vi.fn<Load>(async () => 'loaded');
    const reads = Array.from({ length: 1000 }, () => cache.read(request(load)));
    expect(new Set((await Promise.all(reads)).map(text))).toEqual(new Set(['miss loaded']));
    expect(load).toHaveBeenCalledOnce();
    expect(of('load')).toHaveLength(1);
    expect(of('coalesced')).toHaveLength(999);
  });

  it('cause one load also when the last lease and the fill are answered together', async () => {
    const store = createMemoryStore();
    const answers: (() => void)[] = [];
    let held = false;
    // Answers as a connection does: replies arrive together, in the order of their commands.
    const together = <T>(answer: Promise<T>) =>
      held ? new Promise<T>((resolve) => answers.push(() => resolve(answer))) : answer;
    const { cache, calls } = createTestCache({
      store: {
        ...store,
        lease: (address, token, leaseMs) => together(store.lease(address, token, leaseMs)),
        fill: (address, lease, value) => together(store.fill(address, lease, value)),
      },
    });
    const source = Promise.withResolvers<string>();
    const load = vi.fn<Load>(() => source.promise);
    const first = cache.read(request(load));
    await vi.waitUntil(() => load.mock.calls.length === 1);
    held = true;
    const last = cache.read(request(load));
    await vi.waitUntil(() => calls('lease') === 2);
    source.resolve('loaded');
    await vi.waitUntil(() => calls('fill') === 1);
    for (const answer of answers) answer();
    expect([text(await first), text(await last)]).toEqual(['miss loaded', 'miss loaded']);
    expect(load).toHaveBeenCalledOnce();
  });

  it('cause one load also while the store is away', async () => {
    const { cache, fail, of } = createTestCache();
    fail();
    const source = Promise.withResolvers<string>();
    const load = vi.fn<Load>(() => source.promise);
    const reads = Array.from({ length: 1000 }, () => cache.read(request(load)));
    await vi.waitUntil(() => of('fallback').length === 1000);
    source.resolve('loaded');
    expect(new Set((await Promise.all(reads)).map(text))).toEqual(new Set(['fallback loaded']));
    expect(load).toHaveBeenCalledOnce();
  });

  it('all get the error of the failed load, and the next read loads again', async () => {
    const { cache, of } = createTestCache();
    const load = vi.fn<Load>().mockRejectedValueOnce(new Error('the source is down'));
    const reads = Array.from({ length: 1000 }, () => cache.read(request(load)));
    const outcomes = await Promise.allSettled(reads);
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(load).toHaveBeenCalledOnce();
    expect(of('load')).toEqual([]);
    expect(of('load-failed')).toMatchObject([
      { key: KEY, template: KEY, error: { message: 'the source is down' } },
    ]);
    load.mockResolvedValue('loaded');
    expect(text(await cache.read(request(load)))).toBe('miss loaded');
    expect(text(await cache.read(request(load)))).toBe('hit loaded');
  });
});

describe('a read that races an invalidation', () => {
  it('does not store a value loaded before the invalidation', async () => {
    const { cache, of } = createTestCache();
    const { load, started, finish } = slowLoad();
    const reader = cache.read(request(load));
    await started;
    expect(await cache.invalidateCache(KEY)).toEqual({ status: 'applied', removed: 0 });
    finish('old');
    expect(text(await reader)).toBe('miss old');
    expect(of('fill-refused')).toMatchObject([{ key: KEY, template: KEY, reason: 'lease-lost' }]);
    expect(text(await cache.read(request(async () => 'new')))).toBe('miss new');
  });

  it.each([KEY, 'posts:*'])(
    'never joins a load that is older than the invalidation of %s',
    async (target) => {
      const { cache } = createTestCache();
      const { load, started, finish } = slowLoad();
      const before = cache.read(request(load));
      await started;
      await cache.invalidateCache(target);
      expect(text(await cache.read(request(async () => 'new')))).toBe('miss new');
      finish('old');
      expect(text(await before)).toBe('miss old');
      expect(text(await cache.read(request(async () => 'newer')))).toBe('hit new');
    },
  );

  it.each([KEY, 'posts:*'])(
    'never joins an older load while the store is away, after the failed invalidation of %s',
    async (target) => {
      const { cache, fail } = createTestCache();
      fail();
      const { load, started, finish } = slowLoad();
      const before = cache.read(request(load));
      await started;
      expect(await cache.invalidateCache(target)).toMatchObject({ status: 'failed' });
      const after = cache.read(request(async () => 'new'));
      finish('old');
      expect([text(await before), text(await after)]).toEqual(['fallback old', 'fallback new']);
    },
  );

  it('joins a load under way when another key was invalidated', async () => {
    const { cache, of } = createTestCache();
    const { load, started, finish } = slowLoad();
    const first = cache.read(request(load));
    await started;
    await cache.invalidateCache('posts:id:1', 'posts:user:*');
    const second = cache.read(request(load));
    await vi.waitUntil(() => of('miss').length === 2);
    finish('value');
    expect([text(await first), text(await second)]).toEqual(['miss value', 'miss value']);
    expect(load).toHaveBeenCalledOnce();
  });
});

describe('a read while the store is in trouble', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('loads past a store that fails, and stores nothing', async () => {
    const { cache, fail, calls, of } = createTestCache();
    fail('read');
    expect(text(await cache.read(request(loaded)))).toBe('fallback loaded');
    expect(calls('lease') + calls('fill')).toBe(0);
    expect(of('fallback')).toMatchObject([
      { key: KEY, template: KEY, error: { failure: 'error' } },
    ]);
  });

  it('loads past a store that never answers, after one deadline', async () => {
    const { cache, silence } = createTestCache({ operationTimeoutMs: 250 });
    silence();
    const read = cache.read(request(loaded));
    await vi.advanceTimersByTimeAsync(250);
    expect(text(await read)).toBe('fallback loaded');
  });

  it('loads without a lease when only the lease cannot be had', async () => {
    const { cache, fail, calls } = createTestCache();
    fail('lease');
    expect(text(await cache.read(request(loaded)))).toBe('fallback loaded');
    expect(calls('fill')).toBe(0);
  });

  it('returns its value although it could not be stored, and emits an event', async () => {
    const { cache, fail, of } = createTestCache();
    fail('fill');
    expect(text(await cache.read(request(loaded)))).toBe('miss loaded');
    expect(of('fill-refused')).toMatchObject([{ key: KEY, error: { failure: 'error' } }]);
  });

  it('costs no wait at all once the breaker is open', async () => {
    const { cache, silence } = createTestCache({ failureThreshold: 1 });
    silence();
    const first = cache.read(request(loaded));
    await vi.advanceTimersByTimeAsync(250);
    await first;
    // No timer is moved on from here.
    expect(text(await cache.read(request(loaded)))).toBe('fallback loaded');
  });

  it('does not wait for ever behind a load that hangs', async () => {
    const { cache, fail, of } = createTestCache();
    fail();
    const hanging = cache.read(request(() => new Promise(() => {})));
    const timedOut = hanging.catch((error: Error) => error.name);
    await vi.waitUntil(() => of('fallback').length === 1);
    await vi.advanceTimersByTimeAsync(1);
    const next = cache.read(request(loaded));
    await vi.advanceTimersByTimeAsync(1000);
    expect(text(await next)).toBe('fallback loaded');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await timedOut).toBe('CacheLoadTimeoutError');
  });

  it('is not harmed by a fill that arrives late, after an invalidation', async () => {
    const { cache, calls, silence, heal, runLate } = createTestCache();
    silence('fill');
    const read = cache.read(request(async () => 'old'));
    await vi.waitUntil(() => calls('fill') === 1);
    await vi.advanceTimersByTimeAsync(250);
    expect(text(await read)).toBe('miss old');
    heal();
    expect(await cache.invalidateCache(KEY)).toMatchObject({ status: 'applied' });
    await runLate();
    expect(text(await cache.read(request(async () => 'new')))).toBe('miss new');
  });

  it('fails with its loader, whether the store is there or not', async () => {
    const { cache, fail } = createTestCache();
    await expect(cache.read(request(failing))).rejects.toThrow('the source is down');
    fail();
    await expect(cache.read(request(failing))).rejects.toThrow('the source is down');
  });
});

/** A load that ends by hand. */
function slowLoad() {
  const start = Promise.withResolvers<void>();
  const end = Promise.withResolvers<string>();
  const load = vi.fn<Load>(() => {
    start.resolve();
    return end.promise;
  });
  return { load, started: start.promise, finish: end.resolve };
}
