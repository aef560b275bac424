import type { Registry, RegistryContentType } from 'prom-client';

import type { KeyDefinition } from '../keys/define-keys.ts';
import { OTHER } from '../keys/keys.ts';
import type { CacheEvent, CacheListener } from './events.ts';
import type { Exemplar, MetricGroup } from './metrics/group.ts';
import { invalidationMetrics } from './metrics/invalidations.ts';
import { loadMetrics } from './metrics/loads.ts';
import { localTierMetrics } from './metrics/local-tier.ts';
import { operationMetrics } from './metrics/operations.ts';
import { outboxMetrics } from './metrics/outbox.ts';
import { readMetrics } from './metrics/reads.ts';
import { storeMetrics } from './metrics/store.ts';
import { writeMetrics } from './metrics/writes.ts';

export type { Exemplar } from './metrics/group.ts';
export { redisConnectionMetrics, type RedisConnectionMetrics } from './metrics/redis-connection.ts';

interface CacheMetricsOptions {
  registry: Registry<RegistryContentType>;
  /** As for `createCache`: the result of `defineKeys`, or templates. Each has its series from the start, at 0. */
  keys: Readonly<Record<string, KeyDefinition>> | readonly string[];
  /**
   * Ties the latency histograms to traces. Only in a registry that speaks OpenMetrics already:
   * `registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)`.
   */
  exemplar?: Exemplar | undefined;
  /** Milliseconds on a monotonic clock, for the lag of the outbox. */
  now?: () => number;
}

/** A new kind of metric is one file in `metrics`, and its name here. */
const GROUPS: readonly MetricGroup[] = [
  readMetrics,
  operationMetrics,
  loadMetrics,
  invalidationMetrics,
  writeMetrics,
  outboxMetrics,
  localTierMetrics,
  storeMetrics,
];

/**
 * A listener that keeps the metrics of one cache. Their `key` is a template, `other` for an undeclared
 * key, `tag`, or `pattern`: every series exists from the start and the set never grows.
 *
 * @example
 * createCache({ store, keys, listeners: [cacheMetrics({ registry, keys })] });
 */
export function cacheMetrics(options: CacheMetricsOptions): CacheListener {
  const { registry, keys, exemplar, now = () => performance.now() } = options;
  const context = { registry, keys: [...templatesOf(keys), OTHER], exemplar, now };
  const handlers = new Map<string, CacheListener>();
  for (const group of GROUPS) {
    for (const [type, handle] of Object.entries(group(context))) {
      // One handler for each type: a hit then costs one look-up and one call.
      if (handlers.has(type)) throw new Error(`two groups of metrics handle "${type}"`);
      // The type of a handler names the one kind of event that it receives.
      handlers.set(type, handle as (event: CacheEvent) => void);
    }
  }
  return (event) => handlers.get(event.type)?.(event);
}

function templatesOf(keys: CacheMetricsOptions['keys']): readonly string[] {
  if (Array.isArray(keys)) return keys as readonly string[];
  return Object.values(keys as Record<string, KeyDefinition>).map(({ template }) => template);
}
