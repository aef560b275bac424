import { Gauge } from 'prom-client';

import { BREAKER_STATES, type BreakerState } from '../events.ts';
import { tallies, type MetricGroup } from './group.ts';

/** Whether reads reach the store, and whether it is still the same one. */
export const storeMetrics: MetricGroup = ({ registry }) => {
  const registers = [registry];
  const states = new Gauge({
    name: 'cache_breaker_state',
    help: 'State of the circuit breaker before the cache store: 1 for the current one, 0 for the others',
    labelNames: ['state'],
    registers,
  });
  const opened = tallies({
    name: 'cache_breaker_opened_total',
    help: 'How often the circuit breaker opened, also between two scrapes',
    registers,
  })({});
  const replaced = tallies({
    name: 'cache_store_replaced_total',
    help: 'How often the store was another one than before: restarted, failed over or restored',
    registers,
  })({});
  function show(current: BreakerState): void {
    for (const state of BREAKER_STATES) states.set({ state }, state === current ? 1 : 0);
  }
  show('closed');
  return {
    breaker: ({ state }) => show(state),
    // Not each return from half-open: the store has been away all along.
    'store-down': () => void (opened.count += 1),
    'store-replaced': () => void (replaced.count += 1),
  };
};
