import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';

import { CLIENT_CLOSED_REQUEST, UNMATCHED, type RequestObserver } from '../metrics/http.ts';

interface RequestLogOptions {
  log: Logger;
  observer: RequestObserver;
  /** The route template of a request; `undefined` without a route. */
  routeOf: (ctx: Context) => string | undefined;
}

/** Logs one line per request, without header fields, body and query string, which may contain secrets. */
export function requestLog({ log, observer, routeOf }: RequestLogOptions): Middleware {
  return function logRequest(ctx, next) {
    const startedAt = performance.now();
    observer.started();
    ctx.res.once('close', () => {
      const durationMs = performance.now() - startedAt;
      const { method } = ctx;
      const aborted = !ctx.res.writableFinished;
      const status = aborted && !ctx.headerSent ? CLIENT_CLOSED_REQUEST : ctx.status;
      const route = routeOf(ctx);
      observer.ended(
        route === undefined
          ? { ...UNMATCHED, status, durationMs }
          : { method, route, status, durationMs },
      );
      const { requestId } = ctx.state;
      const fields = { method, path: ctx.path, status, durationMs: rounded(durationMs), requestId };
      log.info(aborted ? { ...fields, aborted } : fields, 'Request');
    });
    return next();
  };
}

/** To hundredths: further digits are noise, and a dozen characters on every line. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
