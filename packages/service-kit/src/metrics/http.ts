import { Counter, Gauge } from 'prom-client';

import { createLatency, type MetricsContext } from './latency.ts';

/** The possible responses of one route. */
export interface ExpectedResponses {
  method: string;
  /** The route template. */
  route: string;
  statuses: readonly number[];
}

/** Receives the events of each request, for the metrics. */
export interface RequestObserver {
  /** Starts the series of these responses at 0. Call it before the first request. */
  expect(answers: readonly ExpectedResponses[]): void;
  started(): void;
  /** Called once per started request, when the response is complete or the client has disconnected. */
  ended(request: EndedRequest): void;
  /** Called instead of `started` and `ended` for a protocol error: its duration is not measured. */
  rejected(status: number): void;
}

export interface EndedRequest {
  method: string;
  /** The route template, or `unmatched`; never a raw path. */
  route: string;
  status: number;
  durationMs: number;
}

/** The labels of requests without a route. Clients choose their method freely, hence `other`. */
export const UNMATCHED = { route: 'unmatched', method: 'other' } as const;

/** nginx's status for a client that disconnected before the response. Koa's status is 404 then. */
export const CLIENT_CLOSED_REQUEST = 499;

/** Possible for any request, and so in no OpenAPI document. */
const UNDOCUMENTED = [CLIENT_CLOSED_REQUEST, 500];

/**
 * 200 and 204 for OPTIONS without and with CORS, the errors of body parsing, which precedes routing, and the
 * statuses of `answerProtocolErrors`.
 */
const UNMATCHED_STATUSES = [200, 204, 400, 404, 405, 408, 413, 415, 417, 431];

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

interface Series {
  observe: (seconds: number) => void;
  byStatus: Map<number, Counter.Internal>;
}

/** Counts requests by method, route and status, their duration by method and route, and those in progress. */
export function httpMetrics(context: MetricsContext): RequestObserver {
  const registers = [context.registry];
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Completed requests by status; 499: the client disconnected before the response',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const latency = createLatency(context, {
    name: 'http_request_duration_seconds',
    help: 'Duration of a request, from its header fields to the end of its response',
    labelNames: ['method', 'route'],
    buckets: BUCKETS_SECONDS,
  });
  let inFlight = 0;
  const inProgress: Gauge = new Gauge({
    name: 'http_requests_in_flight',
    help: 'Requests in progress',
    registers,
    collect: () => inProgress.set(inFlight),
  });

  const routes = new Map<string, Map<string, Series>>();

  function seriesOf(method: string, route: string): Series {
    const methods = routes.get(route) ?? new Map<string, Series>();
    routes.set(route, methods);
    let series = methods.get(method);
    if (!series) {
      series = { observe: latency({ method, route }), byStatus: new Map() };
      methods.set(method, series);
    }
    return series;
  }

  function counterOf(series: Series, { method, route, status }: Omit<EndedRequest, 'durationMs'>) {
    let counter = series.byStatus.get(status);
    if (!counter) {
      const labels = { method, route, status };
      requests.inc(labels, 0);
      counter = requests.labels(labels);
      series.byStatus.set(status, counter);
    }
    return counter;
  }

  function expect(routes: readonly ExpectedResponses[]): void {
    for (const { method, route, statuses } of routes) {
      const series = seriesOf(method, route);
      for (const status of [...statuses, ...UNDOCUMENTED]) {
        counterOf(series, { method, route, status });
      }
    }
  }
  expect([{ ...UNMATCHED, statuses: UNMATCHED_STATUSES }]);

  return {
    expect,
    started: () => void (inFlight += 1),
    ended(request) {
      inFlight -= 1;
      const series = seriesOf(request.method, request.route);
      series.observe(request.durationMs / 1000);
      counterOf(series, request).inc();
    },
    rejected(status) {
      const { route, method } = UNMATCHED;
      counterOf(seriesOf(method, route), { method, route, status }).inc();
    },
  };
}
