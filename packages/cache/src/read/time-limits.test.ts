import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { CacheRead } from '../api.ts';
import { createMemoryStore } from '../stores/memory/store.ts';
import { createTestCache } from '../testing/test-cache.ts';

const request = (load: () => Promise<string>) => ({ key: 'posts:all', ttlSeconds: 60, load });
const loaded = async () => 'loaded';
const text = ({ bytes, outcome }: CacheRead) => `${outcome} ${bytes.toString()}`;

async function slowly<T>(work: () => Promise<T>, ms = 180): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return work();
}

describe('the time that a read spends on the store', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('has one limit for all its operations together', async () => {
    const inner = createMemoryStore();
    const store = {
      ...inner,
      read: (addresses: Parameters<typeof inner.read>[0]) => slowly(() => inner.read(addresses)),
      lease: (...args: Parameters<typeof inner.lease>) => slowly(() => inner.lease(...args)),
    };
    const { cache } = createTestCache({ store, operationTimeoutMs: 250 });
    const startedAt = performance.now();
    const read = cache.read(request(loaded));
    const settled = vi.fn<() => void>();
    void read.then(settled);
    while (settled.mock.calls.length === 0) await vi.advanceTimersByTimeAsync(1);
    // The lease would have answered after 360 ms.
    expect(performance.now() - startedAt).toBeLessThan(300);
    expect(text(await read)).toBe('fallback loaded');
  });

  it('does not include a load, which has a limit of its own', async () => {
    const { cache, of } = createTestCache();
    const read = cache.read(request(() => new Promise(() => {})));
    const failed = read.catch((error: Error) => error.name);
    await vi.waitUntil(() => of('miss').length === 1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await failed).toBe('CacheLoadTimeoutError');
    expect(of('load-failed')).toHaveLength(1);
  });
});

describe('a lease that is granted after its reader has gone', () => {
  it('is given back: the next reader loads at once', async () => {
    const inner = createMemoryStore();
    const late = Promise.withResolvers<void>();
    let isLate = true;
    const lease: typeof inner.lease = async (...args) => {
      const answer = await inner.lease(...args);
      if (isLate) await late.promise;
      return answer;
    };
    const { cache, of } = createTestCache({ store: { ...inner, lease }, operationTimeoutMs: 20 });
    expect(text(await cache.read(request(loaded)))).toBe('fallback loaded');
    isLate = false;
    late.resolve();
    expect(text(await cache.read(request(loaded)))).toBe('miss loaded');
    expect(of('coalesced')).toEqual([]);
  });
});

describe('the time left of a read for its last operations', () => {
  it('does not open the breaker when it is too short for a healthy store', async () => {
    const inner = createMemoryStore();
    const store = {
      ...inner,
      read: (addresses: Parameters<typeof inner.read>[0]) =>
        slowly(() => inner.read(addresses), 60),
      lease: (...args: Parameters<typeof inner.lease>) => slowly(() => inner.lease(...args), 60),
    };
    const options = { store, operationTimeoutMs: 100, failureThreshold: 5 };
    const { cache, of } = createTestCache(options);
    const reads = Array.from({ length: 50 }, (_, id) =>
      cache.read({ ...request(loaded), key: `posts:id:${id}` }),
    );
    await Promise.all(reads);
    expect(of('store-down')).toEqual([]);
  });
});
