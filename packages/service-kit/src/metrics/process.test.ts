import { setImmediate as turn } from 'node:timers/promises';

import { expect, test, vi } from 'vitest';

import { createMetrics } from './metrics.ts';

const { registry } = createMetrics({ service: 'test', version: '1.2.3' });
const text = () => registry.metrics();

test('exposes service, version and Node', async () => {
  expect(await text()).toContain(
    `relay_build_info{version="1.2.3",service="test",node="${process.version}"} 1\n`,
  );
});

test('exposes CPU, memory, heap and event loop', async () => {
  const found = await text();
  for (const name of [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'process_start_time_seconds',
    'nodejs_heap_size_used_bytes',
    'nodejs_eventloop_lag_p99_seconds',
  ]) {
    expect(found).toMatch(new RegExp(`^${name} \\d`, 'm'));
  }
});

async function collections() {
  const sample = /^nodejs_gc_duration_seconds_count\{kind="(\w+)"\} (\d+)$/gm;
  return [...(await text()).matchAll(sample)].map(([, kind, count]) => ({
    kind,
    count: Number(count),
  }));
}

test('has a series for each kind of collection from the start, and counts collections', async () => {
  const kinds = (await collections()).map(({ kind }) => kind);
  expect(new Set(kinds)).toEqual(new Set(['incremental', 'major', 'minor', 'weakcb']));

  await vi.waitUntil(async () => {
    Array.from({ length: 50_000 }, (_, index) => ({ index }));
    await turn();
    return (await collections()).some(({ count }) => count > 0);
  }, 10_000);
});

test('has no series with an unbounded label', async () => {
  const before = await text();
  const timers = Array.from({ length: 3 }, () => setTimeout(() => undefined, 1000));
  expect(before).not.toContain('nodejs_active');
  expect(before.split('\n').length).toBe((await text()).split('\n').length);
  for (const timer of timers) clearTimeout(timer);
});
