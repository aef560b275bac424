import {
  NoUnit,
  PercentUnit,
  ReadsPerSecond,
  RequestsPerSecond,
  Seconds,
  Short,
} from '@grafana/grafana-foundation-sdk/units';

import { dashboard } from './dashboard.ts';
import { graph, stat, type Words } from './panels.ts';
import { HERE, of, percentiles, query, sumRate } from './queries.ts';
import { table } from './table.ts';
import { above, below, nothing, slo, threshold, up } from './thresholds.ts';

const services = of('auth|post|web');
const post = of('post');
const firing = `ALERTS{${HERE},alertname=~"Relay.+",alertstate="firing"`;
const UP: Words = { 0: ['Down', 'red'], 1: ['Up', 'green'] };

/** The burn rate of each pair of windows, as a share of its alert's limit; over 1 in both windows, the alert fires. */
const burns = (objective: string) =>
  slo.burnRates.map(({ factor, long, short }) => {
    const matchers = [`slo="${objective}"`, `window=~"${long}|${short}"`];
    const burn = `job:relay_slo_burn_rate:ratio${of('auth|post|web', ...matchers)}`;
    return query(
      `min by (job) (${burn}) / ${factor}`,
      `{{job}} ${long} and ${short}, alert at ${factor}`,
    );
  });

const budget = (objective: string) =>
  `job:relay_slo_budget_remaining:ratio${of('auth|post|web', `slo="${objective}"`)}`;

export const overview = dashboard({
  uid: 'relay-overview',
  title: 'Relay overview',
  description: 'Whether Relay keeps its promises, and where to look if it does not.',
  rows: [
    {
      title: 'Now',
      lines: [
        [
          stat({
            title: 'Alerts',
            description:
              'How many alerts fire, besides RelayWatchdog, which always does; normal is none.',
            unit: NoUnit,
            queries: [query(`count(${firing},alertname!="RelayWatchdog"}) or vector(0)`, 'firing')],
            thresholds: nothing(),
          }),
          stat({
            title: 'Error budget left',
            description: `Of the requests that may be answered with a 5xx within ${slo.period}, the share that is left to the worst service; below 0 the objective is missed.`,
            unit: PercentUnit,
            queries: [query(`min(${budget('availability')})`, 'availability')],
            thresholds: below(0),
            alerts: ['RelayErrorBudgetBurn'],
          }),
          stat({
            title: 'Latency budget left',
            description: `Of the requests that may take longer than ${slo.latencySeconds} s within ${slo.period}, the share that is left to the worst service; below 0 the objective is missed.`,
            unit: PercentUnit,
            queries: [query(`min(${budget('latency')})`, 'latency')],
            thresholds: below(0),
            alerts: ['RelayLatencyBudgetBurn'],
          }),
          stat({
            title: 'Hit ratio',
            description:
              'Hits among hits and misses, over the rate window of the rules; about 0.86 under the mixed load.',
            unit: PercentUnit,
            queries: [query(`job:relay_cache_hits:ratio${post}`, '{{job}}')],
            thresholds: below(threshold('RelayCacheHitRateLow')),
            alerts: ['RelayCacheHitRateLow'],
          }),
          stat({
            title: 'Queries saved',
            description:
              'The share of reads without a query to Postgres; reads alone save nearly all.',
            unit: PercentUnit,
            queries: [query(`job:relay_database_queries_saved:ratio${post}`, '{{job}}')],
          }),
          stat({
            title: 'Breaker',
            description:
              'Closed while the cache of every pod is used; otherwise some pod reads from Postgres.',
            unit: NoUnit,
            queries: [query(`min(cache_breaker_state${of('post', 'state="closed"')})`, 'breaker')],
            words: { 0: ['Open', 'red'], 1: ['Closed', 'green'] },
            thresholds: up(),
            alerts: ['RelayCacheDown'],
          }),
          stat({
            title: 'Redis',
            description: 'Up while every pod has a connection on which Redis takes commands.',
            unit: NoUnit,
            queries: [query(`min(redis_connection_up${services})`, 'redis')],
            words: UP,
            thresholds: up(),
            alerts: ['RelayRedisDown'],
          }),
          stat({
            title: 'Postgres',
            description: 'Up while no pod has its circuit breaker before Postgres open.',
            unit: NoUnit,
            queries: [
              query(`min(postgres_breaker_state${of('auth|post', 'state="closed"')})`, 'postgres'),
            ],
            words: UP,
            thresholds: up(),
            alerts: ['RelayPostgresUnreachable'],
          }),
        ],
      ],
    },
    {
      title: 'Objectives',
      lines: [
        [
          graph({
            title: 'Budgets left',
            description: `The rest of each service's budgets for ${slo.period}; the objective allows a straight fall to 0 at the end of that time.`,
            unit: PercentUnit,
            queries: [
              query(budget('availability'), '{{job}} availability'),
              query(budget('latency'), '{{job}} latency'),
            ],
            thresholds: below(0),
          }),
          graph({
            title: 'Error budget: burn rate against its alerts',
            description:
              'For each pair of windows the lower burn rate, divided by the limit of its alert; at 1 the alert is due.',
            unit: Short,
            queries: burns('availability'),
            thresholds: above(1),
            alerts: ['RelayErrorBudgetBurn'],
          }),
          graph({
            title: 'Latency budget: burn rate against its alerts',
            description:
              'For each pair of windows the lower burn rate, divided by the limit of its alert; at 1 the alert is due.',
            unit: Short,
            queries: burns('latency'),
            thresholds: above(1),
            alerts: ['RelayLatencyBudgetBurn'],
          }),
        ],
      ],
    },
    {
      title: 'Requests',
      lines: [
        [
          graph({
            title: 'Traffic',
            description: 'Requests a second by service, over the rate window of the rules.',
            unit: RequestsPerSecond,
            queries: [query(`job:relay_http_requests:rate${services}`, '{{job}}')],
            stacked: true,
          }),
          graph({
            title: 'Errors',
            description:
              'The share of requests answered with a 5xx; above the line the error budget does not last.',
            unit: PercentUnit,
            queries: [
              query(
                `job:relay_http_bad_requests:rate${of('auth|post|web', 'slo="availability"')} / on (cluster, namespace, job) job:relay_http_requests:rate${services}`,
                '{{job}}',
              ),
            ],
            thresholds: above(round(1 - slo.availability)),
            alerts: ['RelayErrorBudgetBurn'],
          }),
          graph({
            title: 'Latency of the post service',
            description:
              'From the head of a request to the end of its answer, with traces; p99 belongs below the line.',
            unit: Seconds,
            queries: percentiles('http_request_duration_seconds', post),
            thresholds: above(slo.latencySeconds),
            alerts: ['RelayLatencyBudgetBurn'],
          }),
          graph({
            title: 'Latency of the auth service',
            description:
              'The same of the auth service, in which a login takes the time of a password hash.',
            unit: Seconds,
            queries: percentiles('http_request_duration_seconds', of('auth')),
            thresholds: above(slo.latencySeconds),
            alerts: ['RelayLatencyBudgetBurn'],
          }),
        ],
      ],
    },
    {
      title: 'Effect of the cache',
      lines: [
        [
          graph({
            title: 'Reads and loads',
            description:
              'Reads of the post service against the loads from Postgres that they cost; the cache saves the difference.',
            unit: ReadsPerSecond,
            queries: [
              query(`sum by (job) (key:relay_cache_reads:rate${post})`, 'reads'),
              query(sumRate('cache_load_duration_seconds_count', post), 'loads'),
            ],
          }),
          graph({
            title: 'Database queries saved',
            description:
              'Reads a second that needed no load of their own: hits, and those that shared the load of another.',
            unit: ReadsPerSecond,
            queries: [query(`job:relay_database_queries_saved:rate${post}`, '{{job}}')],
          }),
          graph({
            title: 'Hit ratio over time',
            description:
              'Hits among the reads that the cache answered; it falls after a restart of Redis and rises again within a minute of traffic.',
            unit: PercentUnit,
            queries: [query(`job:relay_cache_hits:ratio${post}`, '{{job}}')],
            thresholds: below(threshold('RelayCacheHitRateLow')),
            alerts: ['RelayCacheHitRateLow'],
            max: 1,
          }),
        ],
      ],
    },
    {
      title: 'Details',
      lines: [
        [
          table({
            title: 'Firing alerts',
            description:
              'The firing alerts; RelayWatchdog always fires, and shows that alerts are evaluated.',
            unit: NoUnit,
            queries: [query(`${firing}}`, '{{alertname}}')],
            columns: [
              { from: 'alertname', title: 'Alert' },
              { from: 'severity', title: 'Severity' },
              { from: 'job', title: 'Job' },
              { from: 'pod', title: 'Pod' },
              { from: 'window', title: 'Window' },
            ],
            alerts: ['RelayWatchdog'],
          }),
          table({
            title: 'Versions',
            description:
              'How many pods of which service run which version on which Node; more than one of a service only during a rollout.',
            unit: NoUnit,
            queries: [
              query(`count by (job, version, node) (relay_build_info${services})`, '{{job}}'),
            ],
            columns: [
              { from: 'job', title: 'Service' },
              { from: 'version', title: 'Version' },
              { from: 'node', title: 'Node' },
              { from: 'A', title: 'Pods' },
            ],
          }),
        ],
      ],
    },
  ],
});

/** Removes the error of floating-point numbers: 1 - 0.999 is 0.0010000000000000009. */
function round(share: number): number {
  return Number(share.toPrecision(6));
}
