import { OpsPerSecond, Seconds } from '@grafana/grafana-foundation-sdk/units';

import { graph } from '../panels.ts';
import { quantile, query, sumRate } from '../queries.ts';
import { above, threshold } from '../thresholds.ts';

// Panels of both the dashboard of Postgres and that of the services, from the services' metrics.

export const queriesThatAreSlow = (services: string) =>
  graph({
    title: 'p99 by named query',
    description: 'One statement on its connection, with traces; above the line look at its plan.',
    unit: Seconds,
    queries: [
      {
        expr: quantile(0.99, 'postgres_query_duration_seconds', services, 'query'),
        legend: '{{query}}',
        exemplars: true,
      },
    ],
    thresholds: above(threshold('RelayPostgresQueriesSlow')),
    alerts: ['RelayPostgresQueriesSlow'],
  });

export const queriesThatFailed = (services: string) =>
  graph({
    title: 'Queries that failed',
    description:
      'Statements a second that got an error or no answer; normal is 0, and a broken constraint does not count.',
    unit: OpsPerSecond,
    queries: [query(sumRate('postgres_query_failures_total', services, 'query'), '{{query}}')],
  });
