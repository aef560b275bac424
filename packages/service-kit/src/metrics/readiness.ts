import { Gauge } from 'prom-client';

import type { MetricsContext } from './latency.ts';

/** Exposes whether the process is ready. */
export interface ReadinessMetrics {
  /** Sets the function that is called at each scrape. Until then the metric is 0. */
  watch(isReady: () => boolean): void;
}

/** The result of the readiness probe as a metric. */
export function readinessMetrics({ registry }: MetricsContext): ReadinessMetrics {
  let check: (() => boolean) | undefined;
  const ready: Gauge = new Gauge({
    name: 'relay_ready',
    help: '1 if the process is ready; 0 before its first connection to Postgres and during shutdown',
    registers: [registry],
    collect: () => ready.set(Number(check?.() ?? false)),
  });
  return {
    watch: (isReady) => void (check = isReady),
  };
}
