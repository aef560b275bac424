import { Counter, Gauge } from 'prom-client';

import { BREAKER_STATES, type BreakerState } from '../events.ts';
import type { MetricGroup } from './group.ts';

/** Whether reads reach the store. */
export const breakerMetrics: MetricGroup = ({ registry }) => {
  const states = new Gauge({
    name: 'cache_breaker_state',
    help: 'State of the breaker before the cache store: 1 for the one it is in, 0 for the others',
    labelNames: ['state'],
    registers: [registry],
  });
  const opened = new Counter({
    name: 'cache_breaker_opened_total',
    help: 'How often the breaker opened, also between two scrapes',
    registers: [registry],
  });
  function show(current: BreakerState): void {
    for (const state of BREAKER_STATES) states.set({ state }, state === current ? 1 : 0);
  }
  show('closed');
  return {
    breaker: ({ state }) => show(state),
    // Not each return from half-open: the store has been away all along.
    'store-down': () => opened.inc(),
  };
};
