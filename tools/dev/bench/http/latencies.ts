import { createHistogram } from 'node:perf_hooks';

/** Latencies in milliseconds. */
export interface LatencySummary {
  p50Ms: number;
  p99Ms: number;
  requests: number;
}

const NS_PER_MS = 1e6;

/** Records latencies to the nanosecond: a cache hit takes less than a millisecond. */
export function createLatencies() {
  const histogram = createHistogram();
  return {
    record(ms: number): void {
      histogram.record(Math.max(1, Math.round(ms * NS_PER_MS)));
    },
    summary: (): LatencySummary => ({
      p50Ms: histogram.percentile(50) / NS_PER_MS,
      p99Ms: histogram.percentile(99) / NS_PER_MS,
      requests: histogram.count,
    }),
  };
}
