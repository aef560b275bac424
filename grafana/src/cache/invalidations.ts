import { NoUnit, OpsPerSecond } from '@grafana/grafana-foundation-sdk/units';

import type { Row } from '../dashboard.ts';
import { graph } from '../panels.ts';
import { of, query, sumRate } from '../queries.ts';
import { nothing } from '../thresholds.ts';

const post = of('post');

export const invalidations: Row = {
  title: 'Invalidations',
  lines: [
    [
      graph({
        title: 'Invalidations by result',
        description:
          'Normal is applied, and replayed where the outbox or a repetition did it; failed is repeated, and lost is not repeated by any process.',
        unit: OpsPerSecond,
        queries: [
          query(sumRate('cache_invalidations_total', post, 'result'), '{{result}}'),
          query(sumRate('cache_invalidations_lost_total', post), 'left at shutdown'),
        ],
        alerts: ['RelayCacheInvalidationsFailing', 'RelayCacheInvalidationsLost'],
      }),
      graph({
        title: 'Invalidations that wait',
        description: 'Per pod: failed ones, to be repeated once Redis answers; normal is 0.',
        unit: NoUnit,
        queries: [query(`cache_pending_invalidations${post}`, '{{pod}}')],
        thresholds: nothing(),
        alerts: ['RelayCacheInvalidationsFailing'],
      }),
      graph({
        title: 'Invalidations by key',
        description:
          'Entries that writes removed; a key with more of them than reads is not worth caching.',
        unit: OpsPerSecond,
        queries: [query(sumRate('cache_invalidations_total', post, 'key'), '{{key}}')],
        stacked: true,
      }),
    ],
  ],
};
