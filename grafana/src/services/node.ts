import { BytesIEC, PercentUnit, Seconds } from '@grafana/grafana-foundation-sdk/units';

import type { Row } from '../dashboard.ts';
import { graph } from '../panels.ts';
import { of, query, sumRate } from '../queries.ts';
import { above, threshold } from '../thresholds.ts';

const chosen = of('${service}');

export const node: Row = {
  title: 'Node',
  lines: [
    [
      graph({
        title: 'Event loop lag',
        description:
          'How late the slowest hundredth of its ticks comes, 10 ms in an idle pod; everything in the pod waits for it.',
        unit: Seconds,
        queries: [query(`nodejs_eventloop_lag_p99_seconds${chosen}`, '{{pod}}')],
        thresholds: above(threshold('RelayEventLoopLagging')),
        alerts: ['RelayEventLoopLagging'],
      }),
      graph({
        title: 'Heap',
        description:
          'Used by JavaScript, and reserved by V8 for it; a used heap that never falls is a leak.',
        unit: BytesIEC,
        queries: [
          query(`nodejs_heap_size_used_bytes${chosen}`, '{{pod}} used'),
          query(`nodejs_heap_size_total_bytes${chosen}`, '{{pod}} held'),
        ],
      }),
      graph({
        title: 'Garbage collection',
        description: 'The share of its time that a pod pauses for it; some percent under load.',
        unit: PercentUnit,
        queries: [query(sumRate('nodejs_gc_duration_seconds_sum', chosen, 'pod'), '{{pod}}')],
      }),
    ],
  ],
};
