import { constants, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks';

import { collectDefaultMetrics, Gauge, Histogram } from 'prom-client';

import type { MetricsContext } from './latency.ts';

/** Metrics of prom-client with an internal class of Node as a label: an open set of series. */
const UNBOUNDED = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources',
  'nodejs_active_resources_total',
];

const GC = 'nodejs_gc_duration_seconds';
const GC_BUCKETS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
const GC_KINDS = new Map<number, string>([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

export interface Build {
  service: string;
  version: string;
}

/** CPU, memory, event loop, garbage collection, and the version of the service. */
export function processMetrics({ registry }: MetricsContext, { service, version }: Build): void {
  collectDefaultMetrics({ register: registry });
  for (const name of [...UNBOUNDED, GC]) registry.removeSingleMetric(name);
  gcMetrics({ registry });
  const build = new Gauge({
    name: 'relay_build_info',
    help: 'Always 1; the labels have the version of the service and of Node',
    labelNames: ['version', 'service', 'node'],
    registers: [registry],
  });
  build.set({ version, service, node: process.version }, 1);
}

/** An entry of the type `gc`. */
type Collection = PerformanceEntry & { detail: { kind: number } };

/** Replaces prom-client's own metric, which observes only the first entry of each batch. */
function gcMetrics({ registry }: Pick<MetricsContext, 'registry'>): void {
  const durations = new Histogram({
    name: GC,
    help: 'Duration of garbage collections by kind',
    labelNames: ['kind'],
    buckets: GC_BUCKETS_SECONDS,
    registers: [registry],
  });
  for (const kind of GC_KINDS.values()) durations.zero({ kind });
  const observer = new PerformanceObserver((list) => {
    for (const { detail, duration } of list.getEntries() as Collection[]) {
      const kind = GC_KINDS.get(detail.kind);
      if (kind) durations.observe({ kind }, duration / 1000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
}
