import { Counter, Histogram } from 'prom-client';

import { STORE_FAILURES } from '../../errors.ts';
import { each, eachKey, observer, type MetricGroup } from './group.ts';

const BUCKETS_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
const BUCKETS_BYTES = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576];

/** Why a loaded value was not stored: its lease was gone, or the store gave no answer. */
const REFUSALS = ['lease-lost', ...STORE_FAILURES] as const;

/** What is asked of the source, for whom, and what it gave. */
export const loadMetrics: MetricGroup = ({ registry, keys, exemplar }) => {
  const registers = [registry];
  const durations = new Histogram({
    name: 'cache_load_duration_seconds',
    help: 'How long one load from the source took, also one that failed',
    labelNames: ['key'],
    buckets: BUCKETS_SECONDS,
    registers,
    enableExemplars: exemplar !== undefined,
  });
  const failures = new Counter({
    name: 'cache_load_failures_total',
    help: 'Loads from the source that failed',
    labelNames: ['key'],
    registers,
  });
  const coalesced = new Counter({
    name: 'cache_coalesced_reads_total',
    help: 'Reads that waited for a load which another read had begun',
    labelNames: ['key'],
    registers,
  });
  const refusals = new Counter({
    name: 'cache_fill_refusals_total',
    help: 'Loaded values that were not stored: an invalidation came first, or the store failed',
    labelNames: ['key', 'reason'],
    registers,
  });
  const sizes = new Histogram({
    name: 'cache_value_bytes',
    help: 'Size of a loaded value',
    labelNames: ['key'],
    buckets: BUCKETS_BYTES,
    registers,
  });
  const series = eachKey(keys, (key) => {
    failures.inc({ key }, 0);
    coalesced.inc({ key }, 0);
    return {
      observeSeconds: observer(durations, { key }, exemplar),
      observeBytes: observer(sizes, { key }, undefined),
      failures: failures.labels({ key }),
      coalesced: coalesced.labels({ key }),
      refusals: each(REFUSALS, (reason) => {
        refusals.inc({ key, reason }, 0);
        return refusals.labels({ key, reason });
      }),
    };
  });
  return {
    load({ template, durationMs, sizeBytes }) {
      series(template).observeSeconds(durationMs / 1000);
      series(template).observeBytes(sizeBytes);
    },
    'load-failed': ({ template, durationMs }) => {
      series(template).observeSeconds(durationMs / 1000);
      series(template).failures.inc();
    },
    coalesced: ({ template }) => series(template).coalesced.inc(),
    'fill-refused': ({ template, error }) =>
      series(template)
        .refusals(error?.failure ?? 'lease-lost')
        .inc(),
  };
};
