import { beforeAll, expect, inject, test } from 'vitest';

import { eventually } from '../../tools/kit/wait.ts';
import { logIn, type Client } from './support/api.ts';
import { relay, type Component } from './support/cluster.ts';
import { query, serviceMonitors, targetsOf } from './support/prometheus.ts';

const MONITORS = [
  'relay-auth',
  'relay-post',
  'relay-postgres-exporter',
  'relay-redis-exporter',
  'relay-web',
];
const OF_RELAY = '{namespace="relay"}';
// The last three are operations on tags, on patterns, and on keys without a template.
const LABELS = new Set(
  'posts:all posts:id:{id} posts:top:10 posts:user:{userId} tag pattern other'.split(' '),
);
/** Two scrapes, and Prometheus' discovery of a new pod. */
const SOON = { withinMs: 120_000, everyMs: 1000 };

let client: Client;
beforeAll(async () => {
  client = await logIn(inject('email'));
});

test('the release has a ServiceMonitor for each component with metrics', async () => {
  expect(await serviceMonitors()).toEqual(MONITORS);
});

test.for(MONITORS)(
  'every pod behind the ServiceMonitor %s is up',
  async (monitor, { annotate }) => {
    const component = monitor.replace('relay-', '') as Component;
    const pods = await relay.pods(component);
    const up = await eventually(
      'Prometheus scrapes each pod',
      async () => {
        const targets = await targetsOf(monitor);
        const scraped = targets.map(({ labels, health, lastError }) => ({
          pod: labels['pod'],
          health,
          lastError,
        }));
        const expected = pods.map(({ metadata }) => ({
          pod: metadata?.name,
          health: 'up',
          lastError: '',
        }));
        expect(scraped).toHaveLength(pods.length);
        expect(scraped).toEqual(expect.arrayContaining(expected));
        return targets.length;
      },
      SOON,
    );
    await annotate(`${monitor}: ${up} up`);
  },
);

test('the exporters reach Redis and Postgres', async () => {
  await eventually(
    'both exporters report it',
    async () => {
      expect((await query(`redis_up${OF_RELAY}`)).map(({ value }) => value)).toEqual([1]);
      expect((await query(`pg_up${OF_RELAY}`)).map(({ value }) => value)).toEqual([1]);
    },
    SOON,
  );
});

// The four documented queries, as written.
test.for([
  'cache_hits_total',
  'cache_misses_total',
  'rate(cache_hits_total[1m])',
  'cache_operation_duration_ms_bucket',
])('the query %s returns series of the cache', async (promql, { annotate }) => {
  const samples = await eventually(
    'it counts the reads of the test',
    async () => {
      await client.list();
      // A miss.
      await client.send('GET', `/api/posts?user=${crypto.randomUUID()}`);
      const samples = (await query(promql)).filter(({ labels }) => labels['namespace'] === 'relay');
      expect(samples.some(({ value }) => value > 0)).toBe(true);
      return samples;
    },
    SOON,
  );
  const keys = new Set(samples.map(({ labels }) => labels['key']!));
  expect([...keys.difference(LABELS)]).toEqual([]);
  const sum = samples.reduce((total, { value }) => total + value, 0);
  await annotate(`${promql}: ${samples.length} series, together ${sum.toFixed(2)}`);
});

test('an operation of the cache has its kind and its bucket as labels', async () => {
  const samples = await query(`cache_operation_duration_ms_bucket${OF_RELAY}`);
  expect(samples.length).toBeGreaterThan(0);
  for (const { labels } of samples) {
    expect(labels).toMatchObject({ operation: expect.any(String), le: expect.any(String) });
  }
});
