import { Gauge } from 'prom-client';

import type { MetricsContext } from './latency.ts';

/** Tells whether the process takes requests. */
export interface ReadinessMetrics {
  /** Asks at each scrape; before that the process is not ready. */
  follow(isReady: () => boolean): void;
}

/** What the readiness probe is told, for those who are not the kubelet. */
export function readinessMetrics({ registry }: MetricsContext): ReadinessMetrics {
  let ask: (() => boolean) | undefined;
  const ready: Gauge = new Gauge({
    name: 'relay_ready',
    help: 'Whether the process takes requests: 0 before it has reached Postgres, and while it drains',
    registers: [registry],
    collect: () => ready.set(Number(ask?.() ?? false)),
  });
  return {
    follow: (isReady) => void (ask = isReady),
  };
}
