import { Milliseconds, NoUnit, OpsPerSecond } from '@grafana/grafana-foundation-sdk/units';

import type { Row } from '../dashboard.ts';
import { graph, heatmap, timeline, type Words } from '../panels.ts';
import { of, quantile, query, sumRate } from '../queries.ts';
import { above, threshold, up, windowOf } from '../thresholds.ts';

const post = of('post');
const STATES: Words = {
  0: ['closed', 'green'],
  1: ['half-open', 'orange'],
  2: ['open', 'red'],
};
const CONNECTION: Words = { 0: ['down', 'red'], 1: ['up', 'green'] };

export const store: Row = {
  title: 'Redis as the cache sees it',
  lines: [
    [
      heatmap({
        title: 'Duration of operations',
        description:
          'How many operations on Redis took how long, with traces; a second band above the first is a slow Redis or a busy event loop.',
        unit: Milliseconds,
        queries: [
          {
            expr: `sum by (le) (increase(cache_operation_duration_ms_bucket${post}[$__rate_interval]))`,
            legend: '{{le}}',
            exemplars: true,
          },
        ],
      }),
      graph({
        title: 'p99 by operation',
        description:
          'The 99th percentile of each operation, with traces; GETs belong below the line.',
        unit: Milliseconds,
        queries: [
          {
            expr: quantile(0.99, 'cache_operation_duration_ms', post, 'operation'),
            legend: '{{operation}}',
            exemplars: true,
          },
        ],
        thresholds: above(threshold('RelayCacheSlow')),
        alerts: ['RelayCacheSlow'],
      }),
    ],
    [
      graph({
        title: 'Operations',
        description: 'Operations on Redis a second; simultaneous reads share one GET.',
        unit: OpsPerSecond,
        queries: [
          query(sumRate('cache_operation_duration_ms_count', post, 'operation'), '{{operation}}'),
        ],
      }),
      graph({
        title: 'Operations that failed',
        description: 'By operation and reason; normal is 0, and five in a row open the breaker.',
        unit: OpsPerSecond,
        queries: [
          query(
            sumRate('cache_operation_failures_total', post, 'operation', 'reason'),
            '{{operation}} {{reason}}',
          ),
        ],
        alerts: ['RelayCacheDown'],
        stacked: true,
      }),
      timeline({
        title: 'Breaker',
        description:
          'Per pod: while the breaker is not closed, reads go to Postgres, and every half second Redis is tried.',
        unit: NoUnit,
        queries: [
          query(
            `max by (pod) (2 * cache_breaker_state${of('post', 'state="open"')}) + max by (pod) (cache_breaker_state${of('post', 'state="half-open"')})`,
            '{{pod}}',
          ),
        ],
        words: STATES,
        alerts: ['RelayCacheDown'],
      }),
    ],
    [
      graph({
        title: `Openings of the breaker in ${windowOf('RelayCacheBreakerFlapping')}`,
        description:
          'Per pod: one opening is a lost Redis, several are a Redis that answers too late or with errors.',
        unit: NoUnit,
        queries: [
          query(
            `round(increase(cache_breaker_opened_total${post}[${windowOf('RelayCacheBreakerFlapping')}]))`,
            '{{pod}}',
          ),
        ],
        thresholds: above(threshold('RelayCacheBreakerFlapping')),
        alerts: ['RelayCacheBreakerFlapping'],
      }),
      timeline({
        title: 'Connections',
        description:
          'Per pod and client: up while Redis takes its commands; the auth service counts logins over its own.',
        unit: NoUnit,
        queries: [query(`min by (pod) (redis_connection_up${of('auth|post')})`, '{{pod}}')],
        words: CONNECTION,
        thresholds: up(),
        alerts: ['RelayCacheDown'],
      }),
      graph({
        title: 'Attempts to connect again',
        description:
          'By client; normal is 0, and a steady rate is a Redis that refuses or an address that leads nowhere.',
        unit: OpsPerSecond,
        queries: [
          query(
            sumRate('redis_connection_reconnects_total', of('auth|post'), 'client'),
            '{{client}}',
          ),
        ],
      }),
      graph({
        title: 'Redis replaced',
        description:
          'Per pod, since its start: Redis restarted, failed over or was restored, and its earlier entries became misses; a step explains a dip in the hit ratio.',
        unit: NoUnit,
        queries: [query(`cache_store_replaced_total${post}`, '{{pod}}')],
      }),
    ],
  ],
};
