import { Counter, Gauge } from 'prom-client';

import { createLatency, type MetricsContext } from './latency.ts';

/** What may be answered to one kind of request. */
export interface Answers {
  method: string;
  /** The route's template. */
  route: string;
  statuses: readonly number[];
}

/** Gets the begin and the end of each request, for the metrics. */
export interface RequestObserver {
  /** Before the first one: what may be answered, so that it is counted from 0. */
  expect(answers: readonly Answers[]): void;
  began(): void;
  /** Once for each that began: its answer is complete, or its client has gone. */
  ended(request: EndedRequest): void;
  /**
   * Called instead of `began` and `ended` for a request refused before it was read; its duration is
   * not measured.
   */
  refused(status: number): void;
}

export interface EndedRequest {
  method: string;
  /** The route's template, or `unmatched`: never a raw path. */
  route: string;
  status: number;
  durationMs: number;
}

/** The route of what no route answers. Its method is anything a client thinks of, and so `other`. */
export const UNMATCHED = { route: 'unmatched', method: 'other' } as const;

/** nginx' word for a client that went before it was answered; until then koa's status is 404. */
export const CLIENT_CLOSED_REQUEST = 499;

/** What may happen to any request, and so is in no document. */
const UNDOCUMENTED = [CLIENT_CLOSED_REQUEST, 500];

/**
 * OPTIONS is answered with 200, for CORS with 204; bodies are read before routes are looked for; and
 * what `answerRefusals` answers.
 */
const UNMATCHED_STATUSES = [200, 204, 400, 404, 405, 408, 413, 415, 417, 431];

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

interface Series {
  observe: (seconds: number) => void;
  byStatus: Map<number, Counter.Internal>;
}

/**
 * Requests by method, route and status, how long they took by method and route, and how many are
 * under way.
 */
export function httpMetrics(context: MetricsContext): RequestObserver {
  const registers = [context.registry];
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests that have ended, by what they were answered with; 499: the client went first',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const latency = createLatency(context, {
    name: 'http_request_duration_seconds',
    help: 'How long a request took, from its head to the end of its answer',
    labelNames: ['method', 'route'],
    buckets: BUCKETS_SECONDS,
  });
  let inFlight = 0;
  const underWay: Gauge = new Gauge({
    name: 'http_requests_in_flight',
    help: 'Requests that have begun and not ended',
    registers,
    collect: () => underWay.set(inFlight),
  });

  const routes = new Map<string, Map<string, Series>>();

  function seriesOf(method: string, route: string): Series {
    const methods = routes.get(route) ?? new Map<string, Series>();
    routes.set(route, methods);
    let found = methods.get(method);
    if (!found) {
      found = { observe: latency({ method, route }), byStatus: new Map() };
      methods.set(method, found);
    }
    return found;
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

  function expect(all: readonly Answers[]): void {
    for (const { method, route, statuses } of all) {
      const series = seriesOf(method, route);
      for (const status of [...statuses, ...UNDOCUMENTED]) {
        counterOf(series, { method, route, status });
      }
    }
  }
  expect([{ ...UNMATCHED, statuses: UNMATCHED_STATUSES }]);

  return {
    expect,
    began: () => void (inFlight += 1),
    ended(request) {
      inFlight -= 1;
      const series = seriesOf(request.method, request.route);
      series.observe(request.durationMs / 1000);
      counterOf(series, request).inc();
    },
    refused(status) {
      const { route, method } = UNMATCHED;
      counterOf(seriesOf(method, route), { method, route, status }).inc();
    },
  };
}
