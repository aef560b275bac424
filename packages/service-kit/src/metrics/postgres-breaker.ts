import { Counter, Gauge } from 'prom-client';

import type { MetricsContext } from './latency.ts';

const STATES = ['closed', 'open', 'half-open'] as const;

/** The state of a pool's circuit breaker. */
export type BreakerState = (typeof STATES)[number];

/** Metrics of each pool's circuit breaker. Returns a function that starts those of one pool. */
export function postgresBreakerMetrics({ registry }: MetricsContext) {
  const registers = [registry];
  const states = new Gauge({
    name: 'postgres_breaker_state',
    help: 'State of the circuit breaker before Postgres: 1 for the current one, 0 for the others',
    labelNames: ['pool', 'state'],
    registers,
  });
  const openings = new Counter({
    name: 'postgres_breaker_opened_total',
    help: 'Openings of the circuit breaker, those between two scrapes included',
    labelNames: ['pool'],
    registers,
  });

  return (pool: string) => {
    openings.inc({ pool }, 0);
    let last: BreakerState = 'closed';
    return (current: BreakerState): void => {
      // half-open to open is a failed probe, not a new opening.
      if (current === 'open' && last === 'closed') openings.inc({ pool });
      last = current;
      for (const state of STATES) states.set({ pool, state }, Number(state === current));
    };
  };
}
