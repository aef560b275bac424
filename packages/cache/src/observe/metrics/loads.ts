import { Histogram } from 'prom-client';

import { STORE_FAILURES } from '../../errors.ts';
import { REFUSALS } from '../events.ts';
import { each, eachKey, observer, tallies, type MetricGroup } from './group.ts';

const BUCKETS_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
const BUCKETS_BYTES = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576];

const WITH = ['process', 'cluster'] as const;

/** Why a loaded value was not stored: the protocol refused it, or the store gave no answer. */
const REASONS = [...REFUSALS, ...STORE_FAILURES] as const;

/** Loads from the source, the reads that shared them, and whether their values were stored. */
export const loadMetrics: MetricGroup = ({ registry, keys, exemplar }) => {
  const registers = [registry];
  const durations = new Histogram({
    name: 'cache_load_duration_seconds',
    help: 'How long one load from the source took, failed loads included',
    labelNames: ['key'],
    buckets: BUCKETS_SECONDS,
    registers,
    enableExemplars: exemplar !== undefined,
  });
  const failures = tallies({
    name: 'cache_load_failures_total',
    help: 'Loads from the source that failed or ran into their deadline',
    labelNames: ['key'],
    registers,
  });
  const coalesced = tallies({
    name: 'cache_coalesced_reads_total',
    help: 'Reads that shared a load which another read had begun, in this process or in another',
    labelNames: ['key', 'with'],
    registers,
  });
  const refreshes = tallies({
    name: 'cache_refreshes_total',
    help: 'Loads of present entries shortly before they expired',
    labelNames: ['key'],
    registers,
  });
  const refusals = tallies({
    name: 'cache_fill_refusals_total',
    help: 'Loaded values that were not stored, by reason',
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
  const series = eachKey(keys, (key) => ({
    observeSeconds: observer(durations, { key }, exemplar),
    observeBytes: observer(sizes, { key }, undefined),
    failures: failures({ key }),
    coalesced: each(WITH, (other) => coalesced({ key, with: other })),
    refreshes: refreshes({ key }),
    refusals: each(REASONS, (reason) => refusals({ key, reason })),
  }));
  return {
    load({ template, durationMs, sizeBytes }) {
      series(template).observeSeconds(durationMs / 1000);
      series(template).observeBytes(sizeBytes);
    },
    'load-failed': ({ template, durationMs }) => {
      series(template).observeSeconds(durationMs / 1000);
      series(template).failures.count += 1;
    },
    coalesced: (event) => void (series(event.template).coalesced(event.with).count += 1),
    refresh: ({ template }) => void (series(template).refreshes.count += 1),
    'fill-refused': ({ template, reason }) => void (series(template).refusals(reason).count += 1),
  };
};
