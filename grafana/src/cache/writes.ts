import {
  NoUnit,
  OpsPerSecond,
  ReadsPerSecond,
  Seconds,
} from '@grafana/grafana-foundation-sdk/units';

import type { Row } from '../dashboard.ts';
import { graph } from '../panels.ts';
import { of, quantile, query, sumRate } from '../queries.ts';
import { above, threshold } from '../thresholds.ts';

const post = of('post');

export const writes: Row = {
  title: 'Writes',
  lines: [
    [
      graph({
        title: 'Writes by outcome',
        description:
          'Normal is applied; pending and unknown leave their entries to the outbox, refused was not made.',
        unit: OpsPerSecond,
        queries: [query(sumRate('cache_mutations_total', post, 'outcome'), '{{outcome}}')],
        alerts: ['RelayCacheInvalidationsFailing'],
        stacked: true,
      }),
      graph({
        title: 'Duration of fences',
        description:
          'How long a write keeps its entries from being cached, which is about its commit and a round trip to Redis.',
        unit: Seconds,
        queries: [0.5, 0.95, 0.99].map((q) =>
          query(quantile(q, 'cache_fence_seconds', post), `p${q * 100}`),
        ),
      }),
      graph({
        title: 'Outbox, rows that wait',
        description:
          'Rows that are not marked as applied, as each pod sees the table; normal are those of the last second, and more for a moment after a lost Redis.',
        unit: NoUnit,
        queries: [query(`cache_outbox_pending${post}`, '{{pod}}')],
        alerts: ['RelayCacheOutboxLagging'],
      }),
    ],
    [
      graph({
        title: 'Outbox, lag',
        description:
          'Age that the oldest row which waits may have, as each pod sees the table; normal is below 2 s, and the least of the pods counts.',
        unit: Seconds,
        queries: [query(`cache_outbox_lag_seconds${post}`, '{{pod}}')],
        thresholds: above(threshold('RelayCacheOutboxLagging')),
        alerts: ['RelayCacheOutboxLagging'],
      }),
      graph({
        title: 'Outbox, rows applied and errors',
        description:
          'Rows that a pod applied for a writer that could not, and failures of the outbox; normal is 0, except for replays after Redis was replaced.',
        unit: OpsPerSecond,
        queries: [
          query(sumRate('cache_outbox_dispatched_total', post), 'applied'),
          query(sumRate('cache_outbox_errors_total', post), 'errors'),
        ],
        alerts: ['RelayCacheOutboxLagging'],
      }),
      graph({
        title: 'Reads refused',
        description:
          'Reads that got a 503, because too many loads were under way while Redis was away; normal is 0.',
        unit: ReadsPerSecond,
        queries: [query(sumRate('cache_overloads_total', post), 'refused')],
      }),
    ],
  ],
};
