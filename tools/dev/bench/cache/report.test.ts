import { expect, it } from 'vitest';

import { formatCacheReport } from './report.ts';
import type { Measured } from './rounds.ts';

const round = (p50Us: number, p99Us: number): Measured => ({
  operationsPerSecond: 1e6 / p50Us,
  p50Us,
  p99Us,
  cpuUsPerOperation: p50Us / 2,
  loads: 0,
});

it('compares each contender with the raw ioredis that answers in the same form', () => {
  const report = formatCacheReport({
    node: 'v24.0.0',
    redis: '7.2.4',
    cpus: '2 × CPU',
    rounds: 3,
    milliseconds: 100,
    hits: [
      {
        sizeBytes: 2048,
        concurrency: 64,
        hot: true,
        measured: {
          'ioredis getBuffer': round(100, 200),
          '@relay/cache getBytes': round(105, 220),
          'ioredis get, JSON.parse': round(400, 800),
          bentocache: round(600, 1000),
        },
      },
    ],
  });
  const row = (name: string) =>
    report
      .split('\n')
      .findLast((line) => line.startsWith(`| ${name} `))!
      .split('|')
      .map((cell) => cell.trim());
  expect(row('2 KB, 64 at a time, one key')).toEqual(
    expect.arrayContaining(['1.05', '1.10', '0.95']),
  );
  expect(row('@relay/cache getBytes').slice(-4)).toEqual(['1.05', '1.10', '0', '']);
  expect(row('bentocache').slice(-4)).toEqual(['1.50', '1.25', '0', '']);
});
