import { Counter, Histogram } from 'prom-client';

import { PATTERN } from '../../keys/keys.ts';
import { OPERATIONS } from '../events.ts';
import { each, eachKey, observer, type MetricGroup } from './group.ts';

const BUCKETS_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000];

/** A call that the open breaker refuses is no operation. */
const REASONS = ['timeout', 'error'] as const;

/** What is asked of the store. Readers that share a GET are one operation. */
export const operationMetrics: MetricGroup = ({ registry, keys, exemplar }) => {
  const durations = new Histogram({
    name: 'cache_operation_duration_ms',
    help: 'How long one operation on the cache store took, in milliseconds',
    labelNames: ['operation', 'key'],
    buckets: BUCKETS_MS,
    registers: [registry],
    enableExemplars: exemplar !== undefined,
  });
  const failures = new Counter({
    name: 'cache_operation_failures_total',
    help: 'Operations on the cache store that failed or took too long',
    labelNames: ['operation', 'reason'],
    registers: [registry],
  });
  const series = each(OPERATIONS, (operation) => {
    const keysOfIt = operation === 'invalidate' ? [...keys, PATTERN] : keys;
    return {
      observe: eachKey(keysOfIt, (key) => observer(durations, { operation, key }, exemplar)),
      fail: each(REASONS, (reason) => {
        failures.inc({ operation, reason }, 0);
        return failures.labels({ operation, reason });
      }),
    };
  });
  return {
    operation({ operation, template, durationMs, error }) {
      const { observe, fail } = series(operation);
      observe(template)(durationMs);
      if (error) fail(error.failure === 'timeout' ? 'timeout' : 'error').inc();
    },
  };
};
