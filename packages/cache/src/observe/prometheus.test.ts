import { Registry, type RegistryContentType } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { CacheOptions } from '../cache.ts';
import { createTestCache, TEST_KEYS } from '../testing/test-cache.ts';
import { cacheMetrics, type Exemplar } from './prometheus.ts';

type AnyRegistry = Registry<RegistryContentType>;

const RETRY_MS = 500;

interface Given extends Partial<CacheOptions> {
  registry?: AnyRegistry;
  exemplar?: Exemplar;
}

function setUp({ registry = new Registry(), exemplar, ...options }: Given = {}) {
  const metrics = cacheMetrics({ registry, keys: TEST_KEYS, exemplar });
  const { cache, ...test } = createTestCache({ listeners: [metrics], ...options });
  const read = (key: string, load: () => Promise<unknown> = async () => 1) =>
    cache.cacheAside({ key, ttlSeconds: 60, load });
  return { registry, cache, read, ...test };
}

/** Every series of a metric, as it is exposed, with its value. */
async function series(registry: AnyRegistry, name = 'cache_') {
  const text = await registry.metrics();
  const samples = text.split('\n').filter((line) => line.startsWith(name));
  return samples.map((line) => {
    const end = line.lastIndexOf(' ');
    return [line.slice(0, end), Number(line.slice(end + 1))] as const;
  });
}

/** The series of a metric that are not 0, by their labels. */
async function counted(registry: AnyRegistry, name: string): Promise<Record<string, number>> {
  const found = (await series(registry, name)).filter(([, value]) => value !== 0);
  return Object.fromEntries(found.map(([text, value]) => [text.slice(name.length), value]));
}

describe('the Prometheus adapter', () => {
  it('has every series from the start, at 0, so that a rate is right from the first event', async () => {
    const { registry } = setUp();
    for (const name of ['cache_hits_total', 'cache_misses_total']) {
      expect(await series(registry, name)).toEqual([
        [`${name}{key="posts:all"}`, 0],
        [`${name}{key="posts:id:{id}"}`, 0],
        [`${name}{key="posts:user:{userId}"}`, 0],
        [`${name}{key="other"}`, 0],
      ]);
    }
    expect(await series(registry, 'cache_operation_duration_ms_count')).toHaveLength(4 * 4 + 1);
    const notZero = (await series(registry)).filter(([, value]) => value !== 0);
    expect(notZero).toEqual([['cache_breaker_state{state="closed"}', 1]]);
    const types = (await registry.metrics()).matchAll(/^# TYPE (\S+)/gm);
    for (const [, name] of types) expect(await series(registry, name)).not.toEqual([]);
  });

  it('counts hits and misses under the template, and times operations', async () => {
    const { registry, read } = setUp();
    for (let n = 0; n < 3; n += 1) await read('posts:id:7');
    expect(await counted(registry, 'cache_hits_total')).toEqual({ '{key="posts:id:{id}"}': 2 });
    expect(await counted(registry, 'cache_misses_total')).toEqual({ '{key="posts:id:{id}"}': 1 });
    expect(await counted(registry, 'cache_operation_duration_ms_count')).toEqual({
      '{operation="get",key="posts:id:{id}"}': 3,
      '{operation="lease",key="posts:id:{id}"}': 1,
      '{operation="fill",key="posts:id:{id}"}': 1,
    });
  });

  it('counts a read past the store as neither a hit nor a miss, and says why it was one', async () => {
    const { registry, read, fail } = setUp({ failureThreshold: 2 });
    fail('get');
    for (let n = 0; n < 3; n += 1) await read('posts:id:7');
    expect(await counted(registry, 'cache_hits_total')).toEqual({});
    expect(await counted(registry, 'cache_misses_total')).toEqual({});
    expect(await counted(registry, 'cache_fallbacks_total')).toEqual({
      '{key="posts:id:{id}",reason="error"}': 2,
      '{key="posts:id:{id}",reason="open"}': 1,
    });
    expect(await counted(registry, 'cache_operation_failures_total')).toEqual({
      '{operation="get",reason="error"}': 2,
    });
  });

  it('tells a store that is silent from one that fails', async () => {
    const { registry, read, silence } = setUp({ operationTimeoutMs: 1 });
    silence('get');
    await read('posts:all');
    expect(await counted(registry, 'cache_fallbacks_total')).toEqual({
      '{key="posts:all",reason="timeout"}': 1,
    });
    expect(await counted(registry, 'cache_operation_failures_total')).toEqual({
      '{operation="get",reason="timeout"}': 1,
    });
  });

  it('times each load once, measures its value, and counts who waited for it', async () => {
    const { registry, read } = setUp();
    const value = 'x'.repeat(98);
    await Promise.all(Array.from({ length: 10 }, () => read('posts:all', async () => value)));
    const label = '{key="posts:all"}';
    expect(await counted(registry, 'cache_load_duration_seconds_count')).toEqual({ [label]: 1 });
    expect(await counted(registry, 'cache_coalesced_reads_total')).toEqual({ [label]: 9 });
    expect(await counted(registry, 'cache_value_bytes_sum')).toEqual({ [label]: 100 });
    expect(await counted(registry, 'cache_value_bytes_bucket{le="64"')).toEqual({});
    expect(await counted(registry, 'cache_load_failures_total')).toEqual({});
  });

  it('times a load that fails too, and measures no value', async () => {
    const { registry, read } = setUp();
    await expect(read('posts:all', () => Promise.reject(new Error('gone')))).rejects.toThrow(
      'gone',
    );
    const label = '{key="posts:all"}';
    expect(await counted(registry, 'cache_load_duration_seconds_count')).toEqual({ [label]: 1 });
    expect(await counted(registry, 'cache_load_failures_total')).toEqual({ [label]: 1 });
    expect(await counted(registry, 'cache_value_bytes_count')).toEqual({});
  });

  it('counts values that were not stored: an invalidation came first, or the store failed', async () => {
    const { registry, cache, read, fail } = setUp();
    await read('posts:all', () => cache.invalidateCache('posts:all'));
    fail('fill');
    await read('posts:id:7');
    expect(await counted(registry, 'cache_fill_refusals_total')).toEqual({
      '{key="posts:all",reason="lease-lost"}': 1,
      '{key="posts:id:{id}",reason="error"}': 1,
    });
  });

  it('counts under `other` a key that only the cache was told of', async () => {
    const { registry, cache, read } = setUp({ keys: [...TEST_KEYS, 'tags:all'] });
    await read('tags:all');
    await cache.invalidateCache('tags:all');
    expect(await counted(registry, 'cache_misses_total')).toEqual({ '{key="other"}': 1 });
    expect(await counted(registry, 'cache_invalidations_total')).toEqual({
      '{key="other",result="applied"}': 1,
    });
  });

  it('adds no series for 10,000 ids, declared or not', async () => {
    const { registry, cache, read } = setUp();
    const before = (await series(registry)).map(([text]) => text);
    for (let id = 0; id < 10_000; id += 1) {
      const key = id % 2 === 0 ? `posts:id:${id}` : `undeclared:${id}`;
      await read(key);
      await cache.invalidateCache(key);
    }
    await cache.invalidateCache('posts:*');
    expect((await series(registry)).map(([text]) => text)).toEqual(before);
  });
});

describe('the metrics of a store that is lost', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('say which invalidations failed, and when they have been repeated', async () => {
    const { registry, cache, fail, heal } = setUp({ retryMs: RETRY_MS });
    await cache.invalidateCache('posts:all', 'posts:id:*');
    fail();
    await cache.invalidateCache('posts:all', 'posts:id:*', 'posts:id:7');
    await cache.invalidateCache('posts:all');
    expect(await counted(registry, 'cache_pending_invalidations')).toEqual({ '': 3 });
    heal();
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(await counted(registry, 'cache_pending_invalidations')).toEqual({});
    expect(await counted(registry, 'cache_invalidations_total')).toEqual({
      '{key="posts:all",result="applied"}': 1,
      '{key="posts:all",result="failed"}': 2,
      '{key="posts:all",result="replayed"}': 1,
      '{key="posts:id:{id}",result="failed"}': 1,
      '{key="posts:id:{id}",result="replayed"}': 1,
      '{key="pattern",result="applied"}': 1,
      '{key="pattern",result="failed"}': 1,
      '{key="pattern",result="replayed"}': 1,
    });
  });

  it('say that an invalidation will not be repeated', async () => {
    const { registry, cache, fail } = setUp({ maxPendingInvalidations: 0 });
    fail();
    await cache.invalidateCache('undeclared:1');
    expect(await counted(registry, 'cache_invalidations_total')).toEqual({
      '{key="other",result="lost"}': 1,
    });
  });

  it('follow the breaker', async () => {
    const { registry, read, fail, heal } = setUp({ failureThreshold: 1, retryMs: RETRY_MS });
    const state = () => counted(registry, 'cache_breaker_state');
    fail();
    await read('posts:all');
    expect(await state()).toEqual({ '{state="open"}': 1 });
    heal();
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(await state()).toEqual({ '{state="closed"}': 1 });
    expect(await counted(registry, 'cache_breaker_opened_total')).toEqual({ '': 1 });
  });
});

function openMetricsRegistry(): AnyRegistry {
  const registry: AnyRegistry = new Registry();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return registry;
}

/** The name and the exemplar of each bucket that has one. */
async function exemplars(registry: AnyRegistry) {
  const buckets = (await registry.metrics()).matchAll(/^(\w+)\{.*\} \d+ # \{(.*)\}/gm);
  return [...buckets].map(([, name, labels]) => [name, labels]);
}

describe('exemplars', () => {
  it('tie the latencies to the trace that is running', async () => {
    let traceId: string | undefined = 'a1';
    const exemplar = () => (traceId === undefined ? undefined : { trace_id: traceId });
    const registry = openMetricsRegistry();
    const { read } = setUp({ registry, exemplar });
    await read('posts:all');
    traceId = undefined;
    await read('posts:all');
    const found = await exemplars(registry);
    expect(new Set(found.map(([name]) => name))).toEqual(
      new Set(['cache_operation_duration_ms_bucket', 'cache_load_duration_seconds_bucket']),
    );
    expect(new Set(found.map(([, labels]) => labels))).toEqual(new Set(['trace_id="a1"']));
    expect(await series(registry, 'cache_hits_total')).toContainEqual([
      'cache_hits_total{key="posts:all"}',
      1,
    ]);
  });

  it('are absent without a tracer', async () => {
    const registry = openMetricsRegistry();
    await setUp({ registry }).read('posts:all');
    expect(await exemplars(registry)).toEqual([]);
  });
});
