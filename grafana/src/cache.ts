import {
  BytesIEC,
  Milliseconds,
  NoUnit,
  OpsPerSecond,
  PercentUnit,
  ReadsPerSecond,
  Seconds,
} from '@grafana/grafana-foundation-sdk/units';

import { dashboard } from './dashboard.ts';
import { graph, heatmap, timeline, type Words } from './panels.ts';
import { mean, of, percentiles, quantile, query, sumRate } from './queries.ts';
import { evictions, keys, memory } from './redis-panels.ts';
import { above, alerts, below, nothing, up } from './thresholds.ts';

const post = of('post');
const { cacheBreakerFlapping: flapping } = alerts;
const STATES: Words = {
  0: ['closed', 'green'],
  1: ['half-open', 'orange'],
  2: ['open', 'red'],
};
const CONNECTION: Words = { 0: ['down', 'red'], 1: ['up', 'green'] };

export const cache = dashboard({
  uid: 'relay-cache',
  title: 'Relay cache',
  description:
    'How the post service reads through the cache, what that costs, and what goes wrong.',
  rows: [
    {
      title: 'Reads',
      lines: [
        [
          graph({
            title: 'Hit ratio by key',
            description:
              'Hits among the reads of a key that the cache answered; below the line for all keys together, an alert fires.',
            unit: PercentUnit,
            queries: [query(`key:relay_cache_hits:ratio${post}`, '{{key}}')],
            thresholds: below(alerts.cacheHitRateLow.ratio),
            alerts: ['RelayCacheHitRateLow'],
            max: 1,
          }),
          graph({
            title: 'Reads by outcome',
            description:
              'A hit is answered by Redis, a miss and a fallback by Postgres; fallbacks are 0 while Redis answers in time.',
            unit: ReadsPerSecond,
            queries: ['hits', 'misses', 'fallbacks'].map((outcome) =>
              query(sumRate(`cache_${outcome}_total`, post), outcome),
            ),
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
      ],
    },
    {
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
              'What the slowest hundredth of each operation takes, with traces; GETs belong below the line.',
            unit: Milliseconds,
            queries: [
              {
                expr: quantile(0.99, 'cache_operation_duration_ms', post, 'operation'),
                legend: '{{operation}}',
                exemplars: true,
              },
            ],
            thresholds: above(alerts.cacheSlow.milliseconds),
            alerts: ['RelayCacheSlow'],
          }),
        ],
        [
          graph({
            title: 'Operations',
            description: 'Operations on Redis a second; reads that ask together share one GET.',
            unit: OpsPerSecond,
            queries: [
              query(
                sumRate('cache_operation_duration_ms_count', post, 'operation'),
                '{{operation}}',
              ),
            ],
          }),
          graph({
            title: 'Operations that failed',
            description:
              'By operation and reason; normal is 0, and five in a row open the breaker.',
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
            title: `Openings of the breaker in ${flapping.window}`,
            description:
              'Per pod: one opening is a lost Redis, several are one that answers too late or with errors.',
            unit: NoUnit,
            queries: [
              query(
                `round(increase(cache_breaker_opened_total${post}[${flapping.window}]))`,
                '{{pod}}',
              ),
            ],
            thresholds: above(flapping.openings),
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
        ],
      ],
    },
    {
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
            description: 'What a miss costs, also where the load failed, with traces.',
            unit: Seconds,
            queries: percentiles('cache_load_duration_seconds', post),
          }),
          graph({
            title: 'Coalesced reads',
            description:
              'Reads that waited for the load of another instead of asking Postgres too; many are a herd that was held off.',
            unit: ReadsPerSecond,
            queries: [query(sumRate('cache_coalesced_reads_total', post, 'key'), '{{key}}')],
          }),
        ],
        [
          graph({
            title: 'Loads that failed',
            description: 'By key; normal is 0, and otherwise the dashboard of Postgres says why.',
            unit: OpsPerSecond,
            queries: [query(sumRate('cache_load_failures_total', post, 'key'), '{{key}}')],
          }),
          graph({
            title: 'Values that were not stored',
            description:
              'By reason: lease-lost is a write that came first, as it should; any other is a Redis in trouble.',
            unit: OpsPerSecond,
            queries: [query(sumRate('cache_fill_refusals_total', post, 'reason'), '{{reason}}')],
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
    },
    {
      title: 'Invalidations',
      lines: [
        [
          graph({
            title: 'Invalidations by result',
            description:
              'What writes remove: applied is normal, failed is repeated (replayed), and lost is repeated by nobody.',
            unit: OpsPerSecond,
            queries: [query(sumRate('cache_invalidations_total', post, 'result'), '{{result}}')],
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
    },
    { title: 'Redis', lines: [[memory(), keys(), evictions()]] },
  ],
});
