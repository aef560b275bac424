import { Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';

import { histogramTallies } from './histogram-tallies.ts';

const CONFIGURATION = { name: 'duration_ms', help: 'How long it took', buckets: [0.5, 1, 10] };
const LABELS = { operation: 'get', key: 'posts:all' };

function setUp() {
  const registry = new Registry();
  const observe = histogramTallies({ ...CONFIGURATION, registry })(LABELS);
  const reference = new Registry();
  const histogram = new Histogram({
    ...CONFIGURATION,
    labelNames: ['operation', 'key'],
    registers: [reference],
  });
  histogram.zero(LABELS);
  return {
    registry,
    reference,
    observe(value: number) {
      observe(value);
      histogram.observe(LABELS, value);
    },
  };
}

describe('a histogram of tallies', () => {
  it.each([
    ['nothing', []],
    ['values below, on, between and above the bounds', [0, 0.5, 0.6, 1, 9.5, 10, 10.5, 1e6]],
  ])("exposes %s as prom-client's own does", async (_, values) => {
    const { registry, reference, observe } = setUp();
    values.forEach(observe);
    expect(await registry.metrics()).toBe(await reference.metrics());
    values.forEach(observe);
    expect(await registry.metrics()).toBe(await reference.metrics());
  });

  it('supports all operations of the registry on its metrics', async () => {
    const { registry, reference, observe } = setUp();
    observe(3);
    const [json] = await registry.getMetricsAsJSON();
    const [expected] = await reference.getMetricsAsJSON();
    expect(json).toMatchObject({ name: 'duration_ms', type: 'histogram', aggregator: 'sum' });
    expect(json!.values.map(({ value }) => value)).toEqual(
      expected!.values.map(({ value }) => value),
    );
    registry.resetMetrics();
    observe(3);
    expect(await registry.metrics()).toContain(
      'duration_ms_count{operation="get",key="posts:all"} 1',
    );
    expect(() => histogramTallies({ ...CONFIGURATION, registry })).toThrow(
      'already been registered',
    );
  });
});
