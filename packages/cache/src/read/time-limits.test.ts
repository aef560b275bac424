import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { CacheRead } from '../api.ts';
import { createMemoryStore } from '../stores/memory/store.ts';
import { createTestCache } from '../testing/test-cache.ts';

const request = (load: () => Promise<string>) => ({ key: 'posts:all', ttlSeconds: 60, load });
const loaded = async () => 'loaded';
const text = ({ bytes, outcome }: CacheRead) => `${outcome} ${bytes.toString()}`;

async function slowly<T>(work: () => Promise<T>): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, 180));
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
