import { Gauge } from 'prom-client';

import { PATTERN, TAG } from '../../keys/keys.ts';
import { each, eachKey, tallies, type MetricGroup } from './group.ts';

/** `failed`: this process repeats it, which then counts as `replayed`. `lost`: it does not. */
const RESULTS = ['applied', 'failed', 'replayed', 'lost'] as const;

/** Results of invalidations, target by target. */
export const invalidationMetrics: MetricGroup = ({ registry, keys }) => {
  const registers = [registry];
  const invalidations = tallies({
    name: 'cache_invalidations_total',
    help: 'Invalidations by result: applied, failed (this process repeats it), replayed, or lost (it does not)',
    labelNames: ['key', 'result'],
    registers,
  });
  const lost = tallies({
    name: 'cache_invalidations_lost_total',
    help: 'Failed invalidations that were left when the cache was closed',
    registers,
  })({});
  const pending = new Gauge({
    name: 'cache_pending_invalidations',
    help: 'Failed invalidations that wait to be repeated',
    registers,
  });
  const series = eachKey([...keys, TAG, PATTERN], (key) =>
    each(RESULTS, (result) => invalidations({ key, result })),
  );
  return {
    invalidated(event) {
      series(event.template)(event.replayed ? 'replayed' : 'applied').count += 1;
      if (event.pending !== undefined) pending.set(event.pending);
    },
    'invalidation-failed': (event) => {
      series(event.template)(event.retrying ? 'failed' : 'lost').count += 1;
      pending.set(event.pending);
    },
    'invalidations-lost': ({ count }) => {
      lost.count += count;
      pending.set(0);
    },
  };
};
