import { Counter } from 'prom-client';

import { STORE_FAILURES } from '../../errors.ts';
import { each, eachKey, type MetricGroup } from './group.ts';

/** How reads were answered: the three counters add up to all reads. */
export const readMetrics: MetricGroup = ({ registry, keys }) => {
  const registers = [registry];
  const hits = new Counter({
    name: 'cache_hits_total',
    help: 'Reads that were answered from the cache',
    labelNames: ['key'],
    registers,
  });
  const misses = new Counter({
    name: 'cache_misses_total',
    help: 'Reads for which the cache had no entry',
    labelNames: ['key'],
    registers,
  });
  const fallbacks = new Counter({
    name: 'cache_fallbacks_total',
    help: 'Reads that went past the cache because its store gave no answer',
    labelNames: ['key', 'reason'],
    registers,
  });
  const series = eachKey(keys, (key) => {
    hits.inc({ key }, 0);
    misses.inc({ key }, 0);
    return {
      hits: hits.labels({ key }),
      misses: misses.labels({ key }),
      fallbacks: each(STORE_FAILURES, (reason) => {
        fallbacks.inc({ key, reason }, 0);
        return fallbacks.labels({ key, reason });
      }),
    };
  });
  return {
    hit: ({ template }) => series(template).hits.inc(),
    miss: ({ template }) => series(template).misses.inc(),
    bypass: ({ template, error }) => series(template).fallbacks(error.failure).inc(),
  };
};
