import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';

import { CLIENT_CLOSED_REQUEST, UNMATCHED, type RequestObserver } from '../metrics/http.ts';

interface RequestLogOptions {
  log: Logger;
  observer: RequestObserver;
  /** The template of the route that a request is for, if there is one. */
  routeOf: (ctx: Context) => string | undefined;
}

/**
 * Logs one line per request, with no header, no body and no query string: nothing that a client
 * may have put a secret in.
 */
export function requestLog({ log, observer, routeOf }: RequestLogOptions): Middleware {
  return function logRequest(ctx, next) {
    const startedAt = performance.now();
    observer.began();
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

/** To the hundredth: the rest is noise, a dozen characters of it on every line. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
