import { STORE_FAILURES } from '../../errors.ts';
import { each, eachKey, tallies, valuesOf, type MetricGroup, type ReasonOf } from './group.ts';

const STALE = valuesOf<ReasonOf<'stale'>>({ revalidating: true, 'load-failed': true });
const DISCARDED = valuesOf<ReasonOf<'discarded'>>({ codec: true, undecodable: true });

/** How reads were answered: hits, misses, stale reads and fallbacks add up to all reads. */
export const readMetrics: MetricGroup = ({ registry, keys }) => {
  const registers = [registry];
  const hits = tallies({
    name: 'cache_hits_total',
    help: 'Reads that were answered from the cache',
    labelNames: ['key'],
    registers,
  });
  const localHits = tallies({
    name: 'cache_local_hits_total',
    help: 'Hits that were answered from the in-process tier',
    labelNames: ['key'],
    registers,
  });
  const misses = tallies({
    name: 'cache_misses_total',
    help: 'Reads for which the cache had no entry',
    labelNames: ['key'],
    registers,
  });
  const stale = tallies({
    name: 'cache_stale_reads_total',
    help: 'Reads that were answered with a copy past its time, while it was loaded again or because that failed',
    labelNames: ['key', 'reason'],
    registers,
  });
  const fallbacks = tallies({
    name: 'cache_fallbacks_total',
    help: 'Reads that went past the cache because its store gave no answer',
    labelNames: ['key', 'reason'],
    registers,
  });
  const discarded = tallies({
    name: 'cache_discarded_entries_total',
    help: 'Entries that could not be decoded or are of another codec version; each counts as a miss',
    labelNames: ['key', 'reason'],
    registers,
  });
  const overloads = tallies({
    name: 'cache_overloads_total',
    help: 'Reads that were refused because too many loads were under way while the store was away',
    registers,
  })({});
  const series = eachKey(keys, (key) => ({
    hits: hits({ key }),
    localHits: localHits({ key }),
    misses: misses({ key }),
    stale: each(STALE, (reason) => stale({ key, reason })),
    fallbacks: each(STORE_FAILURES, (reason) => fallbacks({ key, reason })),
    discarded: each(DISCARDED, (reason) => discarded({ key, reason })),
  }));
  return {
    hit({ template, tier }) {
      const of = series(template);
      of.hits.count += 1;
      if (tier === 'local') of.localHits.count += 1;
    },
    miss: ({ template }) => void (series(template).misses.count += 1),
    stale: ({ template, reason }) => void (series(template).stale(reason).count += 1),
    fallback: ({ template, error }) => void (series(template).fallbacks(error.failure).count += 1),
    discarded: ({ template, reason }) => void (series(template).discarded(reason).count += 1),
    overloaded: () => void (overloads.count += 1),
  };
};
