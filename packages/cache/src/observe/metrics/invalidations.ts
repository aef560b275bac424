import { Counter, Gauge } from 'prom-client';

import { PATTERN } from '../../keys/keys.ts';
import { each, eachKey, type MetricGroup } from './group.ts';

/** `failed` is repeated by this process and then counted as `replayed`; `lost` nobody repeats. */
const RESULTS = ['applied', 'failed', 'replayed', 'lost'] as const;

/** What became of invalidations, target by target. */
export const invalidationMetrics: MetricGroup = ({ registry, keys }) => {
  const invalidations = new Counter({
    name: 'cache_invalidations_total',
    help: 'Invalidations by what became of them: applied, failed (to be repeated), replayed or lost',
    labelNames: ['key', 'result'],
    registers: [registry],
  });
  const pending = new Gauge({
    name: 'cache_pending_invalidations',
    help: 'Failed invalidations that wait to be repeated',
    registers: [registry],
  });
  const series = eachKey([...keys, PATTERN], (key) =>
    each(RESULTS, (result) => {
      invalidations.inc({ key, result }, 0);
      return invalidations.labels({ key, result });
    }),
  );
  return {
    invalidated: ({ template, replayed }) =>
      series(template)(replayed ? 'replayed' : 'applied').inc(),
    'invalidation-failed': (event) => {
      series(event.template)(event.retrying ? 'failed' : 'lost').inc();
      pending.set(event.pending);
    },
    // The breaker closes when nothing is left to be repeated.
    'store-up': () => pending.set(0),
  };
};
