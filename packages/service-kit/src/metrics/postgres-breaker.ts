import { Counter, Gauge } from 'prom-client';

import type { DatabaseBreakerState } from '../postgres/circuit-breaker.ts';
import type { MetricsContext } from './latency.ts';

const STATES: readonly DatabaseBreakerState[] = ['closed', 'open', 'half-open'];

/** The circuit breaker of each pool. */
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
    help: 'How often the circuit breaker opened, also between two scrapes',
    labelNames: ['pool'],
    registers,
  });

  return (pool: string) => {
    openings.inc({ pool }, 0);
    let last: DatabaseBreakerState = 'closed';
    return (current: DatabaseBreakerState): void => {
      // A probe that failed is no new opening.
      if (current === 'open' && last === 'closed') openings.inc({ pool });
      last = current;
      for (const state of STATES) states.set({ pool, state }, Number(state === current));
    };
  };
}
