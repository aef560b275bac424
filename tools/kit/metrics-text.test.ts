import { expect, test } from 'vitest';

import { parseMetrics, sumOf } from './metrics-text.ts';

const METRICS = [
  '# HELP cache_hits_total reads',
  '# TYPE cache_hits_total counter',
  'cache_hits_total{key="posts:all"} 12 # {trace_id="a}b"} 1 1700000000.1',
  'cache_hits_total{pod="a",key="posts:user:{userId}"} 3 1700000000000',
  String.raw`odd{text="a \"b\"\\ c\nd"} 1.5e3`,
  'latency_bucket{le="+Inf"} +Inf',
  'up 1',
  '# EOF',
].join('\n');

test('reads names, labels and values', () => {
  expect(parseMetrics(METRICS)).toEqual([
    { name: 'cache_hits_total', labels: { key: 'posts:all' }, value: 12 },
    { name: 'cache_hits_total', labels: { pod: 'a', key: 'posts:user:{userId}' }, value: 3 },
    { name: 'odd', labels: { text: 'a "b"\\ c\nd' }, value: 1500 },
    { name: 'latency_bucket', labels: { le: '+Inf' }, value: Number.POSITIVE_INFINITY },
    { name: 'up', labels: {}, value: 1 },
  ]);
});

test('adds up the samples with the labels', () => {
  const samples = parseMetrics(METRICS);
  expect(sumOf(samples, 'cache_hits_total')).toBe(15);
  expect(sumOf(samples, 'cache_hits_total', { key: 'posts:all' })).toBe(12);
  expect(sumOf(samples, 'cache_hits_total', { key: 'none' })).toBeUndefined();
  expect(sumOf([], 'up')).toBeUndefined();
});
