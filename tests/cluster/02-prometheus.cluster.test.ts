import { beforeAll, expect, inject, test } from 'vitest';

import { logIn, type Client } from './support/api.ts';
import { relay, type Component } from './support/cluster.ts';
import { eventually } from './support/eventually.ts';
import { query, serviceMonitors, targetsOf } from './support/prometheus.ts';

const MONITORS = ['relay-auth', 'relay-post', 'relay-postgres-exporter', 'relay-redis-exporter'];
const OF_RELAY = '{namespace="relay"}';
// The last three: of operations on tags and patterns, and on keys without a template.
const LABELS = new Set(
  'posts:all posts:id:{id} posts:top:10 posts:user:{userId} tag pattern other'.split(' '),
);
/** Two scrapes, and the time that Prometheus takes to learn of a new pod. */
const SOON = { withinMs: 120_000, everyMs: 1000 };

let client: Client;
beforeAll(async () => {
  client = await logIn(inject('email'));
});

test('the release has a ServiceMonitor for each component that counts', async () => {
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

test('the exporters reach what they watch', async () => {
  await eventually(
    'both exporters say so',
    async () => {
      expect((await query(`redis_up${OF_RELAY}`)).map(({ value }) => value)).toEqual([1]);
      expect((await query(`pg_up${OF_RELAY}`)).map(({ value }) => value)).toEqual([1]);
    },
    SOON,
  );
});

// The document's four queries, in its words.
test.for([
  'cache_hits_total',
  'cache_misses_total',
  'rate(cache_hits_total[1m])',
  'cache_operation_duration_ms_bucket',
])('the query %s shows what the cache does', async (promql, { annotate }) => {
  const samples = await eventually(
    'it counts reads that are being made',
    async () => {
      await client.list();
      // A miss.
      await client.send('GET', `/api/posts?user=${crypto.randomUUID()}`);
      const samples = (await query(promql)).filter(({ metric }) => metric['namespace'] === 'relay');
      expect(samples.some(({ value }) => value > 0)).toBe(true);
      return samples;
    },
    SOON,
  );
  const keys = new Set(samples.map(({ metric }) => metric['key']!));
  expect([...keys.difference(LABELS)]).toEqual([]);
  const sum = samples.reduce((total, { value }) => total + value, 0);
  await annotate(`${promql}: ${samples.length} series, together ${sum.toFixed(2)}`);
});

test('an operation of the cache is told apart by what it does and to which key', async () => {
  const samples = await query(`cache_operation_duration_ms_bucket${OF_RELAY}`);
  expect(samples.length).toBeGreaterThan(0);
  for (const { metric } of samples) {
    expect(metric).toMatchObject({ operation: expect.any(String), le: expect.any(String) });
  }
});
