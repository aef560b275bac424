import { each, tallies, valuesOf, type MetricGroup, type ReasonOf } from './group.ts';

const DROPPED = valuesOf<ReasonOf<'local-dropped'>>({
  gap: true,
  silence: true,
  'store-replaced': true,
});

/** The in-process tier. Its hits are counted with the reads. */
export const localTierMetrics: MetricGroup = ({ registry }) => {
  const drops = tallies({
    name: 'cache_local_drops_total',
    help: 'How often the in-process tier was emptied, because invalidations may have been missed',
    labelNames: ['reason'],
    registers: [registry],
  });
  const series = each(DROPPED, (reason) => drops({ reason }));
  return { 'local-dropped': ({ reason }) => void (series(reason).count += 1) };
};
