import type { Registry, RegistryContentType } from 'prom-client';

import { OTHER } from '../keys/keys.ts';
import type { CacheEvent, CacheListener } from './events.ts';
import { breakerMetrics } from './metrics/breaker.ts';
import type { Exemplar, MetricGroup } from './metrics/group.ts';
import { invalidationMetrics } from './metrics/invalidations.ts';
import { loadMetrics } from './metrics/loads.ts';
import { operationMetrics } from './metrics/operations.ts';
import { readMetrics } from './metrics/reads.ts';

export type { Exemplar } from './metrics/group.ts';
export { redisConnectionMetrics, type RedisConnectionMetrics } from './metrics/redis-connection.ts';

interface CacheMetricsOptions {
  registry: Registry<RegistryContentType>;
  /** The same templates as the cache's: each has its series from the start, at 0. */
  keys: readonly string[];
  /**
   * Ties the latency histograms to traces. Only in a registry that speaks OpenMetrics already:
   * `registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)`.
   */
  exemplar?: Exemplar | undefined;
}

/** A new kind of metric is one file in `metrics`, and its name here. */
const GROUPS: readonly MetricGroup[] = [
  readMetrics,
  operationMetrics,
  loadMetrics,
  invalidationMetrics,
  breakerMetrics,
];

/**
 * A listener that keeps the metrics of one cache. Their `key` is a template, `other` for a key that
 * was not declared, or `pattern`: every series is there from the start and the set never grows.
 *
 * @example
 * createCache({ store, keys, listeners: [cacheMetrics({ registry, keys })] });
 */
export function cacheMetrics({ registry, keys, exemplar }: CacheMetricsOptions): CacheListener {
  const context = { registry, keys: [...keys, OTHER], exemplar };
  const handlers = new Map<CacheEvent['type'], CacheListener[]>();
  for (const group of GROUPS) {
    for (const [type, handle] of Object.entries(group(context))) {
      const eventType = type as CacheEvent['type'];
      // Its type names the one kind of event that it will be given.
      handlers.set(eventType, [...(handlers.get(eventType) ?? []), handle as CacheListener]);
    }
  }
  return (event) => {
    for (const handle of handlers.get(event.type) ?? NONE) handle(event);
  };
}

const NONE: readonly CacheListener[] = [];
