import { Counter, Histogram, type Registry } from 'prom-client';

import { OPERATIONS, type CacheListener } from './events.ts';
import { OTHER, PATTERN } from './keys.ts';

interface CacheMetricsOptions {
  registry: Registry;
  /** The same templates as the cache's: each has its series from the start, at 0. */
  keys: readonly string[];
}

const DURATION_BUCKETS_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000];

/**
 * A listener that keeps, by key: `cache_hits_total`, `cache_misses_total` and
 * `cache_fallbacks_total`, whose sum is all reads; and by operation and key the histogram
 * `cache_operation_duration_ms`, with `cache_operation_failures_total` by operation. Readers that
 * share a GET are one operation, so there are at most as many as reads. `key` is a template,
 * `other` for a key that was not declared, or `pattern`: the label set never grows.
 *
 * @example
 * createCache({ store, keys, listeners: [cacheMetrics({ registry, keys })] });
 */
export function cacheMetrics({ registry, keys }: CacheMetricsOptions): CacheListener {
  const hits = new Counter({
    name: 'cache_hits_total',
    help: 'Reads that were answered from the cache',
    labelNames: ['key'],
    registers: [registry],
  });
  const misses = new Counter({
    name: 'cache_misses_total',
    help: 'Reads for which the cache had no entry',
    labelNames: ['key'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'cache_operation_duration_ms',
    help: 'How long one operation on the cache store took, in milliseconds',
    labelNames: ['operation', 'key'],
    buckets: DURATION_BUCKETS_MS,
    registers: [registry],
  });
  const fallbacks = new Counter({
    name: 'cache_fallbacks_total',
    help: 'Reads that went past the cache because its store gave no answer',
    labelNames: ['key'],
    registers: [registry],
  });
  const failures = new Counter({
    name: 'cache_operation_failures_total',
    help: 'Operations on the cache store that failed or took too long',
    labelNames: ['operation'],
    registers: [registry],
  });
  for (const operation of OPERATIONS) failures.inc({ operation }, 0);
  for (const key of [...keys, OTHER]) {
    fallbacks.inc({ key }, 0);
    hits.inc({ key }, 0);
    misses.inc({ key }, 0);
    for (const operation of OPERATIONS) durations.zero({ operation, key });
  }
  durations.zero({ operation: 'invalidate', key: PATTERN });

  return (event) => {
    switch (event.type) {
      case 'hit':
        hits.inc({ key: event.template });
        break;
      case 'miss':
        misses.inc({ key: event.template });
        break;
      case 'bypass':
        fallbacks.inc({ key: event.template });
        break;
      case 'operation':
        durations.observe({ operation: event.operation, key: event.template }, event.durationMs);
        if (event.error) failures.inc({ operation: event.operation });
        break;
    }
  };
}
