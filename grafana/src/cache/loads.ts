import {
  BytesIEC,
  OpsPerSecond,
  ReadsPerSecond,
  Seconds,
} from '@grafana/grafana-foundation-sdk/units';

import type { Row } from '../dashboard.ts';
import { graph } from '../panels.ts';
import { mean, of, percentiles, query, sumRate } from '../queries.ts';

const post = of('post');

export const loads: Row = {
  title: 'Loads',
  lines: [
    [
      graph({
        title: 'Loads by key',
        description:
          'Loads from Postgres a second; one per key and expiry or write, however many wait for it.',
        unit: OpsPerSecond,
        queries: [query(sumRate('cache_load_duration_seconds_count', post, 'key'), '{{key}}')],
        stacked: true,
      }),
      graph({
        title: 'Duration of loads',
        description: 'The cost of a miss, failed loads included, with traces.',
        unit: Seconds,
        queries: percentiles('cache_load_duration_seconds', post),
      }),
      graph({
        title: 'Coalesced reads',
        description:
          'Reads that shared a load, in their own process or with another pod, instead of asking Postgres too; many are a herd that was held off.',
        unit: ReadsPerSecond,
        queries: [
          query(sumRate('cache_coalesced_reads_total', post, 'key', 'with'), '{{key}} {{with}}'),
        ],
        stacked: true,
      }),
      graph({
        title: 'Refreshes',
        description:
          'Present entries that were loaded again shortly before their end, by key; they keep popular keys from expiring.',
        unit: OpsPerSecond,
        queries: [query(sumRate('cache_refreshes_total', post, 'key'), '{{key}}')],
      }),
    ],
    [
      graph({
        title: 'Loads that failed',
        description: 'By key; normal is 0, and otherwise the dashboard of Postgres shows why.',
        unit: OpsPerSecond,
        queries: [query(sumRate('cache_load_failures_total', post, 'key'), '{{key}}')],
      }),
      graph({
        title: 'Values that were not stored',
        description:
          'By reason: lease-lost and fenced are writes that came first, wait-expired is a slow load in another pod, too-large needs a change of code; any other is a Redis in trouble.',
        unit: OpsPerSecond,
        queries: [query(sumRate('cache_fill_refusals_total', post, 'reason'), '{{reason}}')],
      }),
      graph({
        title: 'Entries discarded',
        description:
          'By reason: codec is a rollout that changed a version, and ends with it; undecodable is something else that writes to these keys.',
        unit: OpsPerSecond,
        queries: [query(sumRate('cache_discarded_entries_total', post, 'reason'), '{{reason}}')],
      }),
      graph({
        title: 'Size of values',
        description:
          'The mean size of a loaded value by key; a list that grows without end fills Redis.',
        unit: BytesIEC,
        queries: [query(mean('cache_value_bytes', post, 'key'), '{{key}}')],
      }),
    ],
  ],
};
