import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Cache } from '../cache.ts';
import { createMemoryStore } from '../stores/memory/store.ts';
import { createTestCache } from '../testing/test-cache.ts';

const RETRY_MS = 500;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('an invalidation', () => {
  it('says how many entries it removed, by key and by pattern', async () => {
    const { cache, of } = createTestCache();
    for (const key of ['posts:all', 'posts:id:1', 'posts:id:2', 'users:1']) await put(cache, key);
    expect(await cache.invalidateCache('posts:all')).toEqual({ status: 'applied', removed: 1 });
    expect(await cache.invalidateCache('posts:*')).toEqual({ status: 'applied', removed: 2 });
    expect(await cache.invalidateCache('posts:all')).toEqual({ status: 'applied', removed: 0 });
    expect(of('invalidated').map(({ target, removed }) => [target, removed])).toEqual([
      ['posts:all', 1],
      ['posts:*', 2],
      ['posts:all', 0],
    ]);
    expect(await readOutcome(cache, 'users:1')).toBe('hit');
  });

  it('of many targets is applied when all are', async () => {
    const { cache } = createTestCache();
    for (const key of ['posts:all', 'posts:id:1', 'posts:id:2']) await put(cache, key);
    const result = await cache.invalidateCache('posts:all', 'posts:id:*');
    expect(result).toEqual({ status: 'applied', removed: 3 });
    expect(await cache.invalidateCache()).toEqual({ status: 'applied', removed: 0 });
  });

  it('is timed under the template of its key, or as a pattern', async () => {
    const { cache, of } = createTestCache();
    await cache.invalidateCache('posts:id:1', 'posts:*', 'unknown:1');
    expect(of('operation').map(({ operation, template }) => `${operation} ${template}`)).toEqual([
      'invalidate posts:id:{id}',
      'invalidate pattern',
      'invalidate other',
    ]);
  });

  it('of a key that no store takes is thrown back, and does no harm', async () => {
    const { cache, story } = createTestCache();
    await expect(cache.invalidateCache('posts:id:}')).rejects.toMatchObject({
      name: 'CacheUsageError',
    });
    expect(story()).not.toContain('store-down');
  });
});

describe('an invalidation that fails', () => {
  it.each([
    { how: 'fail', target: 'posts:id:1', method: 'delete', after: 0, failure: 'error' },
    { how: 'silence', target: 'posts:id:1', method: 'delete', after: 250, failure: 'timeout' },
    { how: 'fail', target: 'posts:*', method: 'deleteMatching', after: 0, failure: 'error' },
    {
      how: 'silence',
      target: 'posts:*',
      method: 'deleteMatching',
      after: 5000,
      failure: 'timeout',
    },
  ] as const)(
    'by $failure of $target says so, and nothing is served from the store',
    async (trouble) => {
      const { cache, of, ...chaos } = createTestCache();
      await put(cache, 'posts:id:1');
      chaos[trouble.how](trouble.method);
      const invalidation = cache.invalidateCache(trouble.target);
      await vi.advanceTimersByTimeAsync(trouble.after);
      const result = await invalidation;
      expect(result).toMatchObject({
        status: 'failed',
        retrying: true,
        error: { failure: trouble.failure },
      });
      expect(of('invalidation-failed')).toMatchObject([{ target: trouble.target, retrying: true }]);
      expect(of('store-down')).toHaveLength(1);
      // Reading would work; but what is there is what the writer failed to remove.
      expect(await readOutcome(cache, 'posts:id:1')).toBe('bypass');
    },
  );

  it('is repeated before anything is served from the store again', async () => {
    const { cache, fail, heal, of } = createTestCache({ retryMs: RETRY_MS });
    await put(cache, 'posts:id:1');
    await put(cache, 'posts:all');
    fail('delete', 'deleteMatching');
    await cache.invalidateCache('posts:id:1', 'posts:a*');
    await vi.advanceTimersByTimeAsync(3 * RETRY_MS);
    expect(await readOutcome(cache, 'posts:id:1')).toBe('bypass');
    heal();
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(of('store-up')).toEqual([{ type: 'store-up', replayed: 2 }]);
    expect(new Set(of('invalidated').map(({ target }) => target))).toEqual(
      new Set(['posts:id:1', 'posts:a*']),
    );
    expect(await readOutcome(cache, 'posts:id:1')).toBe('miss');
    expect(await readOutcome(cache, 'posts:all')).toBe('miss');
  });

  it('is repeated once, however often the same target failed', async () => {
    const { cache, fail, heal, of } = createTestCache({ retryMs: RETRY_MS });
    fail();
    for (let n = 0; n < 5; n += 1) await cache.invalidateCache('posts:all');
    heal();
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(of('store-up')).toEqual([{ type: 'store-up', replayed: 1 }]);
  });

  it('keeps the breaker open when the repetition fails too', async () => {
    const { cache, fail, heal, of } = createTestCache({ retryMs: RETRY_MS });
    await put(cache, 'posts:all');
    fail('delete');
    await cache.invalidateCache('posts:all');
    await vi.advanceTimersByTimeAsync(10 * RETRY_MS);
    expect(of('store-up')).toEqual([]);
    heal();
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(of('store-up')).toEqual([{ type: 'store-up', replayed: 1 }]);
    expect(await readOutcome(cache, 'posts:all')).toBe('miss');
  });

  it('gives up a repetition that gets no answer, and tries again', async () => {
    const { cache, silence, heal, of } = createTestCache({ retryMs: RETRY_MS });
    silence('delete');
    const invalidation = cache.invalidateCache('posts:all');
    await vi.advanceTimersByTimeAsync(250);
    expect(await invalidation).toMatchObject({ status: 'failed' });
    await vi.advanceTimersByTimeAsync(RETRY_MS + 250);
    expect(of('store-up')).toEqual([]);
    heal();
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(of('store-up')).toEqual([{ type: 'store-up', replayed: 1 }]);
  });

  it('during the repetition of others is repeated with them', async () => {
    const { cache, fail, silence, heal, runLate, of } = createTestCache({ retryMs: RETRY_MS });
    await put(cache, 'posts:id:2');
    fail('delete');
    await cache.invalidateCache('posts:id:1');
    heal();
    silence('ping');
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    // The store is being asked for: the breaker is open and refuses the second writer.
    expect(await cache.invalidateCache('posts:id:2')).toMatchObject({ error: { failure: 'open' } });
    heal();
    await vi.advanceTimersByTimeAsync(250 + RETRY_MS);
    expect(of('store-up')).toEqual([{ type: 'store-up', replayed: 2 }]);
    await runLate();
    expect(await readOutcome(cache, 'posts:id:2')).toBe('miss');
  });

  it('is summed up as the pattern of its template when too many wait', async () => {
    const { cache, fail, heal, of } = createTestCache({
      retryMs: RETRY_MS,
      maxPendingInvalidations: 2,
    });
    for (const key of ['posts:id:1', 'posts:id:3', 'posts:all']) await put(cache, key);
    fail();
    for (const id of [1, 2, 3, 4]) {
      const result = await cache.invalidateCache(`posts:id:${id}`);
      expect(result).toMatchObject({ status: 'failed', retrying: true });
    }
    heal();
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(of('store-up')).toHaveLength(1);
    expect(of('invalidated').map(({ target }) => target)).toContain('posts:id:*');
    expect(await readOutcome(cache, 'posts:id:1')).toBe('miss');
    expect(await readOutcome(cache, 'posts:id:3')).toBe('miss');
    expect(await readOutcome(cache, 'posts:all')).toBe('hit');
  });

  it('says that it is not repeated when too many wait and its key was never declared', async () => {
    const { cache, fail } = createTestCache({ maxPendingInvalidations: 1 });
    fail();
    expect(await cache.invalidateCache('posts:all')).toMatchObject({ retrying: true });
    expect(await cache.invalidateCache('unknown:1')).toMatchObject({ retrying: false });
    expect(await cache.invalidateCache('posts:all', 'unknown:1')).toMatchObject({
      retrying: false,
    });
  });

  it('of a key that no store takes is not kept, so that the store is found again', async () => {
    const { cache, fail, heal, of } = createTestCache({ retryMs: RETRY_MS });
    fail();
    await cache.invalidateCache('posts:all');
    await expect(cache.invalidateCache('posts:id:}')).rejects.toMatchObject({
      name: 'CacheUsageError',
    });
    heal();
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(of('store-up')).toEqual([{ type: 'store-up', replayed: 1 }]);
  });

  it('does not keep the breaker open while others write without a pause', async () => {
    const { cache, fail, heal, of } = createTestCache({ retryMs: RETRY_MS });
    fail();
    for (let id = 0; id < 1000; id += 1) await cache.invalidateCache(`posts:id:${id}`);
    heal();
    const writers = setInterval(() => void cache.invalidateCache('posts:all'), 1);
    await vi.advanceTimersByTimeAsync(RETRY_MS + 10);
    clearInterval(writers);
    expect(of('store-up')).toHaveLength(1);
  });
});

describe('a walk that takes too long', () => {
  it.each([
    { when: 'its deadline has passed', end: () => vi.advanceTimersByTimeAsync(5000) },
    { when: 'the cache is closed', end: (cache: Cache) => cache.close() },
  ])('is told to end when $when', async ({ end }) => {
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), ms);
      return controller.signal;
    });
    const signals: (AbortSignal | undefined)[] = [];
    const store = createMemoryStore();
    store.deleteMatching = (_pattern, signal) => {
      signals.push(signal);
      return new Promise(() => {});
    };
    const { cache } = createTestCache({ store });
    void cache.invalidateCache('posts:*');
    expect(signals.map((signal) => signal?.aborted)).toEqual([false]);
    await end(cache);
    expect(signals[0]?.aborted).toBe(true);
    vi.restoreAllMocks();
  });
});

async function put(cache: Cache, key: string): Promise<void> {
  await cache.cacheAside({ key, ttlSeconds: 60, load: async () => key });
}

async function readOutcome(cache: Cache, key: string): Promise<string> {
  const { outcome } = await cache.read({ key, ttlSeconds: 60, load: async () => 'loaded' });
  return outcome;
}
