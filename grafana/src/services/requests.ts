import { NoUnit, RequestsPerSecond, Seconds } from '@grafana/grafana-foundation-sdk/units';

import type { Row } from '../dashboard.ts';
import { explore } from '../links.ts';
import { graph } from '../panels.ts';
import { of, percentiles, query, sumRate } from '../queries.ts';
import { table } from '../table.ts';
import { above, slo } from '../thresholds.ts';

const chosen = of('${service}');
const byRoute = '{{method}} {{route}}';
const latency = (quantile: string) =>
  `route:relay_http_request_duration_seconds:histogram_quantile${of('${service}', `quantile="${quantile}"`)}`;
const oneRoute = of(
  '${service}',
  'method="${__data.fields.Method}"',
  'route="${__data.fields.Route}"',
);

/** Rate, errors and duration. */
export const requests: Row = {
  title: 'Requests',
  lines: [
    [
      graph({
        title: 'Requests by route',
        description: 'Requests a second; those without a route are “other unmatched”.',
        unit: RequestsPerSecond,
        queries: [
          query(`sum by (method, route) (route:relay_http_requests:rate${chosen}) > 0`, byRoute),
        ],
        stacked: true,
      }),
      graph({
        title: 'Errors by route',
        description: 'The ten with the most 5xx a second; normal is 0.',
        unit: RequestsPerSecond,
        queries: [
          query(
            `topk(10, sum by (method, route) (route:relay_http_errors:rate${chosen}))`,
            byRoute,
          ),
        ],
        alerts: ['RelayErrorBudgetBurn'],
      }),
      graph({
        title: 'p99 by route',
        description:
          'The 99th percentile; hashes of passwords make logins and registrations the slowest.',
        unit: Seconds,
        // Without routes that had no request: they have no quantile.
        queries: [query(`${latency('0.99')} >= 0`, byRoute)],
        thresholds: above(slo.latencySeconds),
        alerts: ['RelayLatencyBudgetBurn'],
      }),
    ],
    [
      graph({
        title: 'Latency',
        description: 'Of all routes together, with traces.',
        unit: Seconds,
        queries: percentiles('http_request_duration_seconds', chosen),
        thresholds: above(slo.latencySeconds),
        alerts: ['RelayLatencyBudgetBurn'],
      }),
      graph({
        title: 'Answers by status',
        description: 'Answers a second; 499 is a client that went first.',
        unit: RequestsPerSecond,
        queries: [query(`${sumRate('http_requests_total', chosen, 'status')} > 0`, '{{status}}')],
        stacked: true,
      }),
      graph({
        title: 'Requests in flight',
        description:
          'Per pod: requests that have begun and not ended; a steady rise is a store that does not answer.',
        unit: NoUnit,
        queries: [query(`http_requests_in_flight${chosen}`, '{{pod}}')],
      }),
    ],
    [
      table({
        title: 'Routes',
        description:
          'The current traffic of each route; a click on its path shows its history in Explore.',
        unit: NoUnit,
        queries: [
          query(`sum by (method, route) (route:relay_http_requests:rate${chosen})`, 'requests'),
          query(`sum by (method, route) (route:relay_http_errors:rate${chosen})`, 'errors'),
          ...['0.5', '0.95', '0.99'].map((q) => query(`max by (method, route) (${latency(q)})`, q)),
        ],
        columns: [
          { from: 'method', title: 'Method' },
          {
            from: 'route',
            title: 'Route',
            link: explore(
              'History of the route',
              `route:relay_http_request_duration_seconds:histogram_quantile${oneRoute}`,
            ),
          },
          { from: 'A', title: 'Requests', unit: RequestsPerSecond },
          { from: 'B', title: 'Errors', unit: RequestsPerSecond },
          { from: 'C', title: 'p50', unit: Seconds },
          { from: 'D', title: 'p95', unit: Seconds },
          { from: 'E', title: 'p99', unit: Seconds },
        ],
        sortedBy: 'Requests',
      }),
    ],
  ],
};
