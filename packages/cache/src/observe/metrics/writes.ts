import { Histogram } from 'prom-client';

import { MUTATIONS } from '../events.ts';
import { each, observer, tallies, type MetricGroup } from './group.ts';

/** Up to the default life of a fence, 10 s: a write beyond it is no longer protected. */
const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Writes through `mutate`. */
export const writeMetrics: MetricGroup = ({ registry }) => {
  const registers = [registry];
  const mutations = tallies({
    name: 'cache_mutations_total',
    help: 'Writes by outcome: applied, pending (the outbox invalidates), refused (not made) or unknown',
    labelNames: ['outcome'],
    registers,
  });
  const fences = new Histogram({
    name: 'cache_fence_seconds',
    help: 'How long a write held its fence, during which its entries are neither cached nor shared',
    buckets: BUCKETS_SECONDS,
    registers,
  });
  const series = each(MUTATIONS, (outcome) => mutations({ outcome }));
  const observeFence = observer(fences, {}, undefined);
  return {
    mutation({ outcome, fencedMs }) {
      series(outcome).count += 1;
      // 0: the write had no fence, because the store was away.
      if (fencedMs > 0) observeFence(fencedMs / 1000);
    },
  };
};
