import { Counter, Gauge, Registry, type RegistryContentType } from 'prom-client';
import { expect, test } from 'vitest';

import { expose } from './exposition.ts';
import { createLatency } from './latency.ts';

// As Prometheus 2.53 and Prometheus 3 send it.
const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

function fill(registry: Registry<RegistryContentType>): void {
  const registers = [registry];
  const counter = new Counter({
    name: 'reads_total',
    help: 'Reads, "quoted" # {a} 1 2',
    labelNames: ['key'],
    registers,
  });
  counter.inc({ key: 'posts:id:{id}' }, 3);
  new Gauge({ name: 'temperature', help: 'A gauge', registers }).set(-0.5);
  const labelNames = ['key'];
  registry.registerMetric(
    new Counter({ name: 'empty_total', help: 'No series', labelNames, registers }),
  );
}

function setUp() {
  const registry = new Registry<'application/openmetrics-text; version=1.0.0; charset=utf-8'>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  fill(registry);
  return registry;
}

test.each([PROMETHEUS_2, PROMETHEUS_3])('speaks OpenMetrics with %s', async (accept) => {
  const { type, text } = await expose(setUp(), accept);
  expect(type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  expect(text).toContain('# TYPE reads counter\nreads_total{key="posts:id:{id}"} 3\n');
  expect(text).toMatch(/\n# EOF\n$/);
});

test.each(['', '*/*', 'text/plain;version=0.0.4'])(
  'speaks the older format with "%s", just as prom-client would',
  async (accept) => {
    const classic = new Registry();
    fill(classic);
    const expected = (await classic.metrics()).replaceAll('\n\n', '\n');
    const { type, text } = await expose(setUp(), accept);
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toBe(expected);
  },
);

test('serves both formats in any order', async () => {
  const registry = setUp();
  const [first] = [await expose(registry, ''), await expose(registry, PROMETHEUS_2)];
  expect(await expose(registry, '')).toEqual(first);
});

const exemplar = () => ({ trace_id: 'a1', span_id: 'b2' });

test('includes exemplars in OpenMetrics only', async () => {
  const registry = setUp();
  const latency = createLatency(
    { registry, exemplar },
    { name: 'wait_seconds', help: 'A wait', labelNames: ['key'], buckets: [0.1, 1] },
  );
  latency({ key: 'posts:id:{id}' })(0.05);
  const { text } = await expose(registry, PROMETHEUS_2);
  expect(text).toMatch(
    /^wait_seconds_bucket\{le="0.1",key="posts:id:\{id\}"\} 1 # \{trace_id="a1",span_id="b2"\} 0.05 \d+(\.\d+)?$/m,
  );
  const older = await expose(registry, '');
  expect(older.text).toContain('wait_seconds_bucket{le="0.1",key="posts:id:{id}"} 1\n');
  expect(older.text).not.toContain('a1');
});
