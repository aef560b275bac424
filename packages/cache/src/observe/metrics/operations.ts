import { Histogram } from 'prom-client';

import { PATTERN, TAG } from '../../keys/keys.ts';
import { OPERATIONS, type Operation } from '../events.ts';
import {
  each,
  eachKey,
  observer,
  tallies,
  type MetricGroup,
  type MetricsContext,
} from './group.ts';
import { histogramTallies } from './histogram-tallies.ts';

const BUCKETS_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000];

/** A call that the open breaker refuses is no operation. */
const REASONS = ['timeout', 'error'] as const;

/** Targets of some operations, other than keys. */
const BESIDE_KEYS: Partial<Record<Operation, readonly string[]>> = {
  fence: [TAG],
  lift: [TAG],
  invalidate: [TAG, PATTERN],
};

const DURATIONS = {
  name: 'cache_operation_duration_ms',
  help: 'How long one operation on the cache store took, in milliseconds',
  buckets: BUCKETS_MS,
};

/** Makes the series of the durations. Each cached read observes one, so only exemplars are worth prom-client's price. */
function durationsOf(registry: MetricsContext['registry'], exemplar: MetricsContext['exemplar']) {
  if (!exemplar) return histogramTallies({ ...DURATIONS, registry });
  const histogram = new Histogram({
    ...DURATIONS,
    labelNames: ['operation', 'key'],
    registers: [registry],
    enableExemplars: true,
  });
  return (labels: { operation: string; key: string }) => observer(histogram, labels, exemplar);
}

/** Operations on the store. Readers that share a round trip are one operation. */
export const operationMetrics: MetricGroup = ({ registry, keys, exemplar }) => {
  const durations = durationsOf(registry, exemplar);
  const failures = tallies({
    name: 'cache_operation_failures_total',
    help: 'Operations on the cache store that failed or took too long',
    labelNames: ['operation', 'reason'],
    registers: [registry],
  });
  const series = each(OPERATIONS, (operation) => {
    const keysOfIt = [...keys, ...(BESIDE_KEYS[operation] ?? [])];
    return {
      observe: eachKey(keysOfIt, (key) => durations({ operation, key })),
      fail: each(REASONS, (reason) => failures({ operation, reason })),
    };
  });
  return {
    operation({ operation, template, durationMs, error }) {
      const { observe, fail } = series(operation);
      observe(template)(durationMs);
      if (error) fail(error.failure === 'timeout' ? 'timeout' : 'error').count += 1;
    },
  };
};
