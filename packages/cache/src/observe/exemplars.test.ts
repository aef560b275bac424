import { Registry, type RegistryContentType } from 'prom-client';
import { describe, expect, it } from 'vitest';

import type { CacheEvent } from './events.ts';
import { cacheMetrics } from './prometheus.ts';

type AnyRegistry = Registry<RegistryContentType>;

const EVENTS: CacheEvent[] = [
  { type: 'operation', operation: 'get', template: 'posts:all', durationMs: 1 },
  { type: 'load', key: 'posts:all', template: 'posts:all', durationMs: 1, sizeBytes: 1 },
];

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
    const listener = cacheMetrics({ registry, keys: ['posts:all'], exemplar });
    EVENTS.forEach((event) => listener(event));
    traceId = undefined;
    EVENTS.forEach((event) => listener(event));
    expect(await exemplars(registry)).toEqual([
      ['cache_operation_duration_ms_bucket', 'trace_id="a1"'],
      ['cache_load_duration_seconds_bucket', 'trace_id="a1"'],
    ]);
  });

  it('are absent without a tracer', async () => {
    const registry = openMetricsRegistry();
    EVENTS.forEach(cacheMetrics({ registry, keys: ['posts:all'] }));
    expect(await exemplars(registry)).toEqual([]);
  });
});
