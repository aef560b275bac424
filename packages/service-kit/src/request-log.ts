import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import { Histogram, type Registry } from 'prom-client';

/** Told once per request, when its answer is complete or its client has gone. */
export type RequestObserver = (request: {
  method: string;
  /** The route's template, or `unmatched`: never a raw path. */
  route: string;
  status: number;
  durationMs: number;
}) => void;

const DURATION_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** Keeps `http_request_duration_seconds{method,route,status}`. */
export function httpMetrics(registry: Registry): RequestObserver {
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'How long a request took, from its head to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [registry],
  });
  return ({ method, route, status, durationMs }) =>
    durations.observe({ method, route, status }, durationMs / 1000);
}

/** nginx' word for a client that went before it was answered; until then koa's status is 404. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * Logs one line per request, with no header, no body and no query string: nothing that a client
 * may have put a secret in.
 */
export function requestLog(options: { log: Logger; observe: RequestObserver }): Middleware {
  const { log, observe } = options;
  return function logRequest(ctx, next) {
    const startedAt = performance.now();
    ctx.res.once('close', () => {
      const durationMs = performance.now() - startedAt;
      const { method } = ctx;
      const aborted = !ctx.res.writableFinished;
      const status = aborted && !ctx.headerSent ? CLIENT_CLOSED_REQUEST : ctx.status;
      observe({ method: knownMethod(method), route: routeOf(ctx), status, durationMs });
      const { requestId } = ctx.state;
      const fields = { method, path: ctx.path, status, durationMs: rounded(durationMs), requestId };
      log.info(aborted ? { ...fields, aborted } : fields, 'Request');
    });
    return next();
  };
}

function routeOf(ctx: Context & { _matchedRoute?: string | RegExp }): string {
  return typeof ctx._matchedRoute === 'string' ? ctx._matchedRoute : 'unmatched';
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

function knownMethod(method: string): string {
  return METHODS.has(method) ? method : 'other';
}

/** To the hundredth: the rest is noise, a dozen characters of it on every line. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
