import { RequestsPerSecond, Seconds } from '@grafana/grafana-foundation-sdk/units';

import type { Row } from '../dashboard.ts';
import { graph } from '../panels.ts';
import { of, percentiles, query, sumRate } from '../queries.ts';
import { above, slo } from '../thresholds.ts';

const web = of('web');

/** The web service. */
export const page: Row = {
  title: 'Page',
  lines: [
    [
      graph({
        title: 'Page requests',
        description: 'Requests a second for the document, its assets and its configuration.',
        unit: RequestsPerSecond,
        queries: [query(sumRate('http_requests_total', web, 'route'), '{{route}}')],
        stacked: true,
      }),
      graph({
        title: 'Page answers by status',
        description: 'Answers a second; 304 is a document that the browser has already.',
        unit: RequestsPerSecond,
        queries: [query(sumRate('http_requests_total', web, 'status'), '{{status}}')],
        stacked: true,
      }),
      graph({
        title: 'Page latency',
        description: 'Files are served from memory, in some milliseconds.',
        unit: Seconds,
        queries: percentiles('http_request_duration_seconds', web),
        thresholds: above(slo.latencySeconds),
        alerts: ['RelayLatencyBudgetBurn'],
      }),
    ],
  ],
};
