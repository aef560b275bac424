import { expect, test } from 'vitest';

import type { Sample } from '../tools/kit/prometheus.ts';
import { formatFigures, readFigures, type Figures } from './cluster-figures.ts';

const figures: Figures = {
  minutes: 5,
  requests: 48_000,
  keys: [
    { key: 'posts:all', hits: 34_000, reads: 36_000 },
    { key: 'posts:top:10', hits: 2000, reads: 4000 },
    { key: 'other', hits: 0, reads: 0 },
  ],
  queries: { unit: 'queries', count: 9600 },
  pods: [
    { pod: 'relay-redis-0', memoryBytes: 12 * 2 ** 20, cores: 0.051, peakCores: 0.1 },
    { pod: 'relay-post-abc', memoryBytes: 98 * 2 ** 20, cores: 0.304, peakCores: 0.5 },
  ],
};

test('are Markdown, with the hit ratio over all reads and not the mean of the keys', () => {
  expect(formatFigures(figures)).toBe(`
| the cluster over 5.0 minutes        |         |
| ----------------------------------- | ------: |
| requests                            |  48,000 |
| hit ratio                           | 90.00 % |
| Postgres queries per 1,000 requests |     200 |

| key          |  reads | hit ratio |
| ------------ | -----: | --------: |
| posts:all    | 36,000 |   94.44 % |
| posts:top:10 |  4,000 |   50.00 % |

| pod            | memory, most, MiB | CPU cores, mean | CPU cores, most |
| -------------- | ----------------: | --------------: | --------------: |
| relay-post-abc |                98 |            0.30 |            0.50 |
| relay-redis-0  |                12 |            0.05 |            0.10 |`);
});

test('report unknown figures', () => {
  const text = formatFigures({ ...figures, keys: [], queries: undefined });
  expect(text).toMatch(/hit ratio +\| +- \|/);
  expect(text).toMatch(/Postgres queries per 1,000 requests \| unknown \|/);
});

const run = { startedAtMs: 1000, endedAtMs: 301_000, requests: 1000 };

/** Answers a query with the samples of the first metric that it contains. */
function fakePrometheus(samples: Record<string, Sample[]>) {
  const queries: { promql: string; atMs: number | undefined }[] = [];
  const prometheus: Parameters<typeof readFigures>[0] = {
    async query(promql, { atMs } = {}) {
      queries.push({ promql, atMs });
      const name = Object.keys(samples).find((metric) => promql.includes(metric));
      return name ? samples[name]! : [];
    },
  };
  return { prometheus, queries };
}

test('are grouped by key and by pod, over the time of the run', async () => {
  const key = { key: 'posts:all' };
  const pod = { pod: 'relay-post-abc' };
  const { prometheus, queries } = fakePrometheus({
    cache_hits_total: [{ labels: key, value: 90 }],
    cache_misses_total: [{ labels: key, value: 8 }],
    cache_fallbacks_total: [{ labels: key, value: 2 }],
    pg_stat_statements_calls_total: [{ labels: {}, value: 50 }],
    container_memory_working_set_bytes: [{ labels: pod, value: 1024 }],
    container_cpu_usage_seconds_total: [{ labels: pod, value: 0.25 }],
  });
  expect(await readFigures(prometheus, run)).toEqual({
    minutes: 5,
    requests: 1000,
    keys: [{ key: 'posts:all', hits: 90, reads: 100 }],
    queries: { unit: 'queries', count: 50 },
    pods: [{ pod: 'relay-post-abc', memoryBytes: 1024, cores: 0.25, peakCores: 0.25 }],
  });
  for (const { promql, atMs } of queries) {
    expect(promql).toContain('[300s');
    expect(atMs).toBe(run.endedAtMs);
  }
});

test('count transactions if Prometheus does not count statements', async () => {
  const { prometheus } = fakePrometheus({
    pg_stat_database_xact_commit: [{ labels: {}, value: 40 }],
  });
  expect((await readFigures(prometheus, run)).queries).toEqual({ unit: 'transactions', count: 40 });
});
