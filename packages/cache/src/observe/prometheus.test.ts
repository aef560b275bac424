import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';

import { CacheStoreError } from '../errors.ts';
import { defineKeys } from '../keys/define-keys.ts';
import type { CacheEvent } from './events.ts';
import { cacheMetrics } from './prometheus.ts';

const KEYS = ['posts:all', 'posts:id:{id}'];
const ID = { key: 'posts:id:7', template: 'posts:id:{id}' };
const TIMEOUT = new CacheStoreError('timeout', 'no answer within 250 ms');
const FAILED = new CacheStoreError('error', 'READONLY');
const OPEN = new CacheStoreError('open', 'the circuit breaker is open');

function setUp() {
  const registry = new Registry();
  const clock = { ms: 0 };
  const listener = cacheMetrics({ registry, keys: KEYS, now: () => clock.ms });
  return {
    registry,
    clock,
    emit: (...events: CacheEvent[]) => events.forEach((event) => listener(event)),
    counted: (name: string) => counted(registry, name),
  };
}

/** Every series of a metric, as it is exposed, with its value. */
async function series(registry: Registry, name = 'cache_') {
  const text = await registry.metrics();
  const samples = text.split('\n').filter((line) => line.startsWith(name));
  return samples.map((line) => {
    const end = line.lastIndexOf(' ');
    return [line.slice(0, end), Number(line.slice(end + 1))] as const;
  });
}

/** The series of a metric that are not 0, by their labels. */
async function counted(registry: Registry, name: string): Promise<Record<string, number>> {
  const found = (await series(registry, name)).filter(([, value]) => value !== 0);
  return Object.fromEntries(found.map(([text, value]) => [text.slice(name.length), value]));
}

describe('the Prometheus adapter', () => {
  it('has every series from the start, at 0, so that a rate is right from the first event', async () => {
    const { registry } = setUp();
    for (const name of ['cache_hits_total', 'cache_misses_total', 'cache_refreshes_total']) {
      expect(await series(registry, name)).toEqual([
        [`${name}{key="posts:all"}`, 0],
        [`${name}{key="posts:id:{id}"}`, 0],
        [`${name}{key="other"}`, 0],
      ]);
    }
    expect(await series(registry, 'cache_operation_duration_ms_count')).toHaveLength(8 * 3 + 4);
    const notZero = (await series(registry)).filter(([, value]) => value !== 0);
    expect(notZero).toEqual([['cache_breaker_state{state="closed"}', 1]]);
    const types = (await registry.metrics()).matchAll(/^# TYPE (\S+)/gm);
    for (const [, name] of types) expect(await series(registry, name)).not.toEqual([]);
  });

  it('takes its keys from `defineKeys` as well', async () => {
    const registry = new Registry();
    cacheMetrics({ registry, keys: defineKeys({ byId: 'posts:id:{id}', all: 'posts:all' }) });
    expect(await series(registry, 'cache_hits_total')).toEqual([
      ['cache_hits_total{key="posts:id:{id}"}', 0],
      ['cache_hits_total{key="posts:all"}', 0],
      ['cache_hits_total{key="other"}', 0],
    ]);
  });

  it('counts each read once, by its outcome, under the template', async () => {
    const { emit, counted } = setUp();
    emit(
      { type: 'hit', ...ID, tier: 'store' },
      { type: 'hit', ...ID, tier: 'local' },
      { type: 'miss', ...ID },
      { type: 'stale', ...ID, reason: 'revalidating' },
      { type: 'stale', ...ID, reason: 'load-failed' },
      { type: 'fallback', ...ID, error: TIMEOUT },
      { type: 'fallback', ...ID, error: OPEN },
    );
    expect(await counted('cache_hits_total')).toEqual({ '{key="posts:id:{id}"}': 2 });
    expect(await counted('cache_local_hits_total')).toEqual({ '{key="posts:id:{id}"}': 1 });
    expect(await counted('cache_misses_total')).toEqual({ '{key="posts:id:{id}"}': 1 });
    expect(await counted('cache_stale_reads_total')).toEqual({
      '{key="posts:id:{id}",reason="revalidating"}': 1,
      '{key="posts:id:{id}",reason="load-failed"}': 1,
    });
    expect(await counted('cache_fallbacks_total')).toEqual({
      '{key="posts:id:{id}",reason="timeout"}': 1,
      '{key="posts:id:{id}",reason="open"}': 1,
    });
  });

  it('keeps counting from scrape to scrape', async () => {
    const { emit, counted } = setUp();
    emit({ type: 'hit', ...ID, tier: 'store' });
    await counted('cache_hits_total');
    emit({ type: 'hit', ...ID, tier: 'store' });
    expect(await counted('cache_hits_total')).toEqual({ '{key="posts:id:{id}"}': 2 });
  });

  it('counts discarded entries and refused reads', async () => {
    const { emit, counted } = setUp();
    emit(
      { type: 'discarded', ...ID, reason: 'codec' },
      { type: 'discarded', ...ID, reason: 'undecodable' },
      { type: 'overloaded', ...ID },
    );
    expect(await counted('cache_discarded_entries_total')).toEqual({
      '{key="posts:id:{id}",reason="codec"}': 1,
      '{key="posts:id:{id}",reason="undecodable"}': 1,
    });
    expect(await counted('cache_overloads_total')).toEqual({ '': 1 });
  });

  it('times operations, and counts those that fail', async () => {
    const { emit, counted } = setUp();
    const operation = { type: 'operation', operation: 'get', template: ID.template } as const;
    emit(
      { ...operation, durationMs: 3 },
      { ...operation, durationMs: 250, error: TIMEOUT },
      { ...operation, durationMs: 1, error: FAILED },
    );
    const labels = 'operation="get",key="posts:id:{id}"';
    expect(await counted('cache_operation_duration_ms_count')).toEqual({ [`{${labels}}`]: 3 });
    expect(await counted('cache_operation_duration_ms_sum')).toEqual({ [`{${labels}}`]: 254 });
    expect(await counted('cache_operation_failures_total')).toEqual({
      '{operation="get",reason="timeout"}': 1,
      '{operation="get",reason="error"}': 1,
    });
  });

  it('times loads, those that fail too, and measures their values', async () => {
    const { emit, counted } = setUp();
    emit(
      { type: 'load', ...ID, durationMs: 20, sizeBytes: 100 },
      { type: 'load-failed', ...ID, durationMs: 30, error: new Error('gone') },
    );
    const label = '{key="posts:id:{id}"}';
    expect(await counted('cache_load_duration_seconds_sum')).toEqual({ [label]: 0.05 });
    expect(await counted('cache_load_failures_total')).toEqual({ [label]: 1 });
    expect(await counted('cache_value_bytes_sum')).toEqual({ [label]: 100 });
    expect(await counted('cache_value_bytes_bucket{le="64"')).toEqual({});
  });

  it('counts shared loads, early loads, and values that were not stored', async () => {
    const { emit, counted } = setUp();
    emit(
      { type: 'coalesced', ...ID, with: 'process' },
      { type: 'coalesced', ...ID, with: 'cluster' },
      { type: 'refresh', ...ID },
      { type: 'fill-refused', ...ID, reason: 'fenced' },
      { type: 'fill-refused', ...ID, reason: 'timeout', error: TIMEOUT },
    );
    expect(await counted('cache_coalesced_reads_total')).toEqual({
      '{key="posts:id:{id}",with="process"}': 1,
      '{key="posts:id:{id}",with="cluster"}': 1,
    });
    expect(await counted('cache_refreshes_total')).toEqual({ '{key="posts:id:{id}"}': 1 });
    expect(await counted('cache_fill_refusals_total')).toEqual({
      '{key="posts:id:{id}",reason="fenced"}': 1,
      '{key="posts:id:{id}",reason="timeout"}': 1,
    });
  });

  it('counts writes by their outcome, and times the fences that were placed', async () => {
    const { emit, counted } = setUp();
    emit(
      { type: 'mutation', outcome: 'applied', fencedMs: 8 },
      { type: 'mutation', outcome: 'unknown', fencedMs: 2000 },
      { type: 'mutation', outcome: 'pending', fencedMs: 0 },
    );
    expect(await counted('cache_mutations_total')).toEqual({
      '{outcome="applied"}': 1,
      '{outcome="pending"}': 1,
      '{outcome="unknown"}': 1,
    });
    expect(await counted('cache_fence_seconds_count')).toEqual({ '': 2 });
    expect(await counted('cache_fence_seconds_sum')).toEqual({ '': 2.008 });
  });

  it('counts the drops of the in-process tier, and replaced stores', async () => {
    const { emit, counted } = setUp();
    emit({ type: 'local-dropped', reason: 'gap' }, { type: 'store-replaced' });
    expect(await counted('cache_local_drops_total')).toEqual({ '{reason="gap"}': 1 });
    expect(await counted('cache_store_replaced_total')).toEqual({ '': 1 });
  });

  it('follows the circuit breaker', async () => {
    const { emit, counted } = setUp();
    emit({ type: 'breaker', state: 'open' }, { type: 'store-down', error: TIMEOUT });
    expect(await counted('cache_breaker_state')).toEqual({ '{state="open"}': 1 });
    emit({ type: 'breaker', state: 'half-open' }, { type: 'breaker', state: 'closed' });
    expect(await counted('cache_breaker_state')).toEqual({ '{state="closed"}': 1 });
    expect(await counted('cache_breaker_opened_total')).toEqual({ '': 1 });
  });

  it('adds no series for 10,000 ids, declared or not', async () => {
    const { registry, emit } = setUp();
    const before = (await series(registry)).map(([text]) => text);
    for (let id = 0; id < 10_000; id += 1) {
      const template = id % 2 === 0 ? 'posts:id:{id}' : `undeclared:${id}`;
      emit(
        { type: 'miss', key: `posts:id:${id}`, template },
        { type: 'load', key: `posts:id:${id}`, template, durationMs: 1, sizeBytes: 1 },
        { type: 'operation', operation: 'fill', template, durationMs: 1 },
      );
    }
    const after = await series(registry);
    expect(after.map(([text]) => text)).toEqual(before);
    expect(after).toContainEqual(['cache_misses_total{key="other"}', 5000]);
  });
});

describe('the metrics of invalidations', () => {
  const failed = { type: 'invalidation-failed', error: FAILED, retrying: true } as const;
  const applied = { type: 'invalidated', removed: 1 } as const;

  it('show which ones failed and wait, and when they were repeated', async () => {
    const { emit, counted } = setUp();
    const all = { target: 'posts:all', template: 'posts:all' };
    const pattern = { target: 'posts:id:*', template: 'pattern' };
    emit(
      { ...applied, ...all, replayed: false },
      { ...failed, ...all, pending: 1 },
      { ...failed, ...pattern, pending: 2 },
    );
    expect(await counted('cache_pending_invalidations')).toEqual({ '': 2 });
    emit({ ...applied, ...all, replayed: true, pending: 1 });
    expect(await counted('cache_pending_invalidations')).toEqual({ '': 1 });
    emit({ ...applied, ...pattern, replayed: true, pending: 0 });
    expect(await counted('cache_pending_invalidations')).toEqual({});
    expect(await counted('cache_invalidations_total')).toEqual({
      '{key="posts:all",result="applied"}': 1,
      '{key="posts:all",result="failed"}': 1,
      '{key="posts:all",result="replayed"}': 1,
      '{key="pattern",result="failed"}': 1,
      '{key="pattern",result="replayed"}': 1,
    });
  });

  it('show which ones this process does not repeat', async () => {
    const { emit, counted } = setUp();
    emit(
      { ...failed, target: 'a', template: 'other', retrying: false, pending: 3 },
      { type: 'invalidations-lost', count: 3 },
    );
    expect(await counted('cache_invalidations_total')).toEqual({
      '{key="other",result="lost"}': 1,
    });
    expect(await counted('cache_invalidations_lost_total')).toEqual({ '': 3 });
    expect(await counted('cache_pending_invalidations')).toEqual({});
  });
});

describe('the metrics of the outbox', () => {
  it('are 0 in a process without one', async () => {
    const { clock, counted } = setUp();
    clock.ms = 60_000;
    expect(await counted('cache_outbox')).toEqual({});
  });

  it('show waiting rows, their age, and the rows that this process applied', async () => {
    const { emit, counted } = setUp();
    emit(
      { type: 'outbox', pending: 5, lagMs: 1500, dispatched: 2 },
      { type: 'outbox', pending: 3, lagMs: 2500, dispatched: 2 },
    );
    expect(await counted('cache_outbox')).toEqual({
      _pending: 3,
      _lag_seconds: 2.5,
      _dispatched_total: 4,
    });
  });

  it('let the lag grow while the outbox cannot be read', async () => {
    const { emit, clock, counted } = setUp();
    emit({ type: 'outbox', pending: 0, lagMs: 0, dispatched: 0 });
    clock.ms = 12_000;
    emit({ type: 'outbox-failed', error: new Error('permission denied') });
    expect(await counted('cache_outbox_lag_seconds')).toEqual({ '': 12 });
    expect(await counted('cache_outbox_errors_total')).toEqual({ '': 1 });
    emit({ type: 'outbox', pending: 0, lagMs: 0, dispatched: 0 });
    expect(await counted('cache_outbox_lag_seconds')).toEqual({});
  });

  it('let it grow from the first failure, if the outbox has never been read', async () => {
    const { emit, clock, counted } = setUp();
    clock.ms = 1000;
    emit({ type: 'outbox-failed', error: new Error('no such table') });
    clock.ms = 31_000;
    emit({ type: 'outbox-failed', error: new Error('no such table') });
    expect(await counted('cache_outbox_lag_seconds')).toEqual({ '': 30 });
  });
});
