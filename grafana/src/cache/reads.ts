import { OpsPerSecond, PercentUnit, ReadsPerSecond } from '@grafana/grafana-foundation-sdk/units';

import type { Row } from '../dashboard.ts';
import { graph } from '../panels.ts';
import { of, query, sumRate } from '../queries.ts';
import { below, threshold } from '../thresholds.ts';

const post = of('post');

export const reads: Row = {
  title: 'Reads',
  lines: [
    [
      graph({
        title: 'Hit ratio by key',
        description:
          'Hits among the hits and misses of a key; below the line for all keys together, an alert fires.',
        unit: PercentUnit,
        queries: [query(`key:relay_cache_hits:ratio${post}`, '{{key}}')],
        thresholds: below(threshold('RelayCacheHitRateLow')),
        alerts: ['RelayCacheHitRateLow'],
        max: 1,
      }),
      graph({
        title: 'Reads by outcome',
        description:
          'A hit and a stale read are answered by the cache, a miss and a fallback by Postgres; fallbacks are 0 while Redis answers in time.',
        unit: ReadsPerSecond,
        queries: [
          query(sumRate('cache_hits_total', post), 'hit'),
          query(sumRate('cache_misses_total', post), 'miss'),
          query(sumRate('cache_stale_reads_total', post), 'stale'),
          query(sumRate('cache_fallbacks_total', post), 'fallback'),
        ],
        stacked: true,
      }),
      graph({
        title: 'Fallbacks by reason',
        description:
          'Reads past the cache, as Redis was late (timeout), failed (error), or is left alone (open); normal is 0.',
        unit: ReadsPerSecond,
        queries: [query(sumRate('cache_fallbacks_total', post, 'reason'), '{{reason}}')],
        alerts: ['RelayCacheDown'],
        stacked: true,
      }),
    ],
    [
      graph({
        title: 'Stale reads by reason',
        description:
          'Reads of expired entries, never of invalidated ones: revalidating is normal where a key has a grace period, load-failed is a Postgres in trouble.',
        unit: ReadsPerSecond,
        queries: [query(sumRate('cache_stale_reads_total', post, 'reason'), '{{reason}}')],
        stacked: true,
      }),
      graph({
        title: 'Hits by tier',
        description: 'Hits of the in-process tier need no Redis; it is 0 where no key opts in.',
        unit: ReadsPerSecond,
        queries: [
          query(
            `${sumRate('cache_hits_total', post)} - ${sumRate('cache_local_hits_total', post)}`,
            'Redis',
          ),
          query(sumRate('cache_local_hits_total', post), 'in-process'),
        ],
        stacked: true,
      }),
      graph({
        title: 'Drops of the in-process tier',
        description:
          'Times it was emptied because invalidations may have been missed; normal is 0, a steady rate is a message bus that loses its connection.',
        unit: OpsPerSecond,
        queries: [query(sumRate('cache_local_drops_total', post, 'reason'), '{{reason}}')],
      }),
    ],
  ],
};
