import { NoUnit, Seconds } from '@grafana/grafana-foundation-sdk/units';

import type { Row } from '../dashboard.ts';
import { graph, timeline } from '../panels.ts';
import { queriesThatAreSlow, queriesThatFailed } from '../postgres/panels.ts';
import { of, quantile, query, sumRate } from '../queries.ts';
import { above, threshold, up } from '../thresholds.ts';

const chosen = of('${service}');
const closed = of('${service}', 'state="closed"');

export const pools: Row = {
  title: 'Connections to Postgres',
  lines: [
    [
      timeline({
        title: 'Circuit breaker before Postgres',
        description:
          'Open while a pod does not reach Postgres: requests that need it get a 503 at once, and a probe tries it again.',
        unit: NoUnit,
        queries: [query(`max by (pod) (postgres_breaker_state${closed})`, '{{pod}}')],
        words: { 0: ['open', 'red'], 1: ['closed', 'green'] },
        thresholds: up(),
        alerts: ['RelayPostgresUnreachable'],
      }),
      graph({
        title: 'Connections',
        description: 'Of all pods together: used, idle, and how many there may be.',
        unit: NoUnit,
        queries: [
          query(`sum by (pool, state) (postgres_pool_connections${chosen})`, '{{pool}} {{state}}'),
          query(`sum by (pool) (postgres_pool_max_connections${chosen})`, '{{pool}} at most'),
        ],
      }),
      graph({
        title: 'Calls that wait',
        description:
          'Per pod: calls that wait for a connection now, and a second those that got none; normal is 0.',
        unit: NoUnit,
        queries: [
          query(`postgres_pool_pending_acquires${chosen}`, '{{pod}} waiting'),
          query(
            sumRate('postgres_pool_acquire_failures_total', chosen, 'pool'),
            '{{pool}} in vain/s',
          ),
        ],
        alerts: ['RelayPostgresUnreachable', 'RelayPostgresPoolExhausted'],
      }),
      graph({
        title: 'p99 of the wait for a connection',
        description:
          'Per pod, with the time to open one; above the line the pool is too small, or something keeps its connections.',
        unit: Seconds,
        queries: [
          query(quantile(0.99, 'postgres_pool_wait_duration_seconds', chosen, 'pod'), '{{pod}}'),
        ],
        thresholds: above(threshold('RelayPostgresPoolExhausted')),
        alerts: ['RelayPostgresPoolExhausted'],
      }),
    ],
    [queriesThatAreSlow(chosen), queriesThatFailed(chosen)],
  ],
};
