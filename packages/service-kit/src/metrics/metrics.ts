import {
  redisConnectionMetrics,
  type Exemplar,
  type RedisConnectionMetrics,
} from '@relay/cache/prometheus';
import { Registry, type OpenMetricsContentType } from 'prom-client';

import { httpMetrics, type RequestObserver } from './http.ts';
import type { MetricsContext } from './latency.ts';
import { postgresMetrics, type PostgresMetrics } from './postgres.ts';
import { processMetrics, type Build } from './process.ts';
import { readinessMetrics, type ReadinessMetrics } from './readiness.ts';

/** The metrics of every process that serves HTTP. Services add their own to the registry. */
export interface ServerMetrics extends MetricsContext {
  requests: RequestObserver;
  readiness: ReadinessMetrics;
}

/** With those of the stores. */
export interface Metrics extends ServerMetrics {
  postgres: PostgresMetrics;
  redis: RedisConnectionMetrics;
}

interface MetricsOptions extends Build {
  /** Returns the ids of the active trace, for exemplars. `undefined` while tracing is off. */
  exemplar?: Exemplar | undefined;
}

/**
 * Creates the metrics of a process with Postgres and Redis, in a new registry. Call it once and pass it to each
 * service.
 *
 * @example
 * const metrics = createMetrics({ service: 'post', version, exemplar: traceExemplar() });
 */
export function createMetrics(options: MetricsOptions): Metrics {
  const metrics = createServerMetrics(options);
  return {
    ...metrics,
    postgres: postgresMetrics(metrics),
    redis: redisConnectionMetrics(metrics),
  };
}

/** Creates the metrics of a process without stores, in a new registry. */
export function createServerMetrics({ service, version, exemplar }: MetricsOptions): ServerMetrics {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const context = { registry, exemplar };
  processMetrics(context, { service, version });
  return {
    ...context,
    requests: httpMetrics(context),
    readiness: readinessMetrics(context),
  };
}
