import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';

import { cacheMetrics } from './prometheus.ts';
import { createTestCache, TEST_KEYS } from './testing/test-cache.ts';

function setUp() {
  const registry = new Registry();
  const metrics = cacheMetrics({ registry, keys: TEST_KEYS });
  return { registry, ...createTestCache({ listeners: [metrics] }) };
}

async function lines(registry: Registry, name: string): Promise<string[]> {
  const text = await registry.metrics();
  return text.split('\n').filter((line) => line.startsWith(name));
}

async function seriesOf(registry: Registry): Promise<string[]> {
  return (await lines(registry, 'cache_')).map((line) => line.slice(0, line.lastIndexOf(' ')));
}

describe('the Prometheus adapter', () => {
  it('has every series from the start, at 0, so that a rate is right from the first event', async () => {
    const { registry } = setUp();
    for (const name of ['cache_hits_total', 'cache_misses_total']) {
      expect(await lines(registry, name)).toEqual([
        `${name}{key="posts:all"} 0`,
        `${name}{key="posts:id:{id}"} 0`,
        `${name}{key="posts:user:{userId}"} 0`,
        `${name}{key="other"} 0`,
      ]);
    }
    const counts = await lines(registry, 'cache_operation_duration_ms_count');
    expect(counts).toContain(
      'cache_operation_duration_ms_count{operation="get",key="posts:all"} 0',
    );
    expect(counts).toContain(
      'cache_operation_duration_ms_count{operation="invalidate",key="pattern"} 0',
    );
    expect(counts).toHaveLength(4 * 4 + 1);
  });

  it('counts reads that went past the store, and what the store failed at', async () => {
    const { registry, cache, fail } = setUp();
    fail('lease');
    await cache.cacheAside({ key: 'posts:id:7', ttlSeconds: 60, load: async () => 1 });
    expect(await lines(registry, 'cache_fallbacks_total')).toEqual([
      'cache_fallbacks_total{key="posts:all"} 0',
      'cache_fallbacks_total{key="posts:id:{id}"} 1',
      'cache_fallbacks_total{key="posts:user:{userId}"} 0',
      'cache_fallbacks_total{key="other"} 0',
    ]);
    expect(await lines(registry, 'cache_operation_failures_total')).toEqual([
      'cache_operation_failures_total{operation="get"} 0',
      'cache_operation_failures_total{operation="lease"} 1',
      'cache_operation_failures_total{operation="fill"} 0',
      'cache_operation_failures_total{operation="invalidate"} 0',
    ]);
  });

  it('counts hits and misses under the template, and times operations', async () => {
    const { registry, cache } = setUp();
    const read = () => cache.cacheAside({ key: 'posts:id:7', ttlSeconds: 60, load: async () => 1 });
    await read();
    await read();
    await read();
    expect(await lines(registry, 'cache_hits_total')).toContain(
      'cache_hits_total{key="posts:id:{id}"} 2',
    );
    expect(await lines(registry, 'cache_misses_total')).toContain(
      'cache_misses_total{key="posts:id:{id}"} 1',
    );
    expect(await lines(registry, 'cache_operation_duration_ms_count')).toEqual(
      expect.arrayContaining([
        'cache_operation_duration_ms_count{operation="get",key="posts:id:{id}"} 3',
        'cache_operation_duration_ms_count{operation="lease",key="posts:id:{id}"} 1',
        'cache_operation_duration_ms_count{operation="fill",key="posts:id:{id}"} 1',
      ]),
    );
  });

  it('counts a bypass neither as a hit nor as a miss', async () => {
    const { registry, cache, fail } = setUp();
    fail();
    await cache.cacheAside({ key: 'posts:all', ttlSeconds: 60, load: async () => 1 });
    const counts = [
      ...(await lines(registry, 'cache_hits_total')),
      ...(await lines(registry, 'cache_misses_total')),
    ];
    expect(counts.filter((line) => !line.endsWith(' 0'))).toEqual([]);
  });

  it('adds no series for 10,000 ids, declared or not', async () => {
    const { registry, cache } = setUp();
    const before = await seriesOf(registry);
    for (let id = 0; id < 10_000; id += 1) {
      const key = id % 2 === 0 ? `posts:id:${id}` : `undeclared:${id}`;
      await cache.cacheAside({ key, ttlSeconds: 60, load: async () => id });
      await cache.invalidateCache(key);
    }
    await cache.invalidateCache('posts:*');
    expect(await seriesOf(registry)).toEqual(before);
  });
});
