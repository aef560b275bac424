import cors from '@koa/cors';
import type { Router } from '@koa/router';
import Koa, { type Middleware } from 'koa';
import type { Logger } from 'pino';

import type { RequestObserver } from '../metrics/http.ts';
import { clientAddress } from './client-address.ts';
import { jsonBody } from './json-body.ts';
import { answersOf, type OpenApiDocument } from './openapi.ts';
import { problems, type ErrorMapper } from './problem.ts';
import { requestId } from './request-id.ts';
import { requestLog } from './request-log.ts';
import { routeFinder } from './route-of.ts';
import { routing } from './routing.ts';
import { securityHeaders } from './security-headers.ts';

export interface HttpSettings {
  /** How many proxies of ours are in front: the client's address is that many hops back. */
  trustedHops: number;
  bodyLimitBytes: number;
  /** Origins whose pages may call; none means no CORS headers at all. */
  corsOrigins: readonly string[];
}

/** The settings of an application, from what `httpVariables` read. */
export function httpSettings(config: {
  TRUSTED_HOPS: number;
  BODY_LIMIT_BYTES: number;
  CORS_ORIGINS: readonly string[];
}): HttpSettings {
  return {
    trustedHops: config.TRUSTED_HOPS,
    bodyLimitBytes: config.BODY_LIMIT_BYTES,
    corsOrigins: config.CORS_ORIGINS,
  };
}

interface HttpAppOptions {
  settings: HttpSettings;
  log: Logger;
  observer: RequestObserver;
  mapError?: ErrorMapper;
  router: Router;
  /** The document of what the router answers. */
  api?: OpenApiDocument;
}

/** A Koa application with the manners that all services share, in front of `router`. */
export function createHttpApp(options: HttpAppOptions): Koa {
  const { settings, log, observer, mapError, router, api } = options;
  if (api) observer.expect(answersOf(api));
  const app = new Koa();
  // Nothing should come this far; if it does, it is logged as anything else is.
  app.on('error', (err: unknown) => log.warn({ err }, 'Connection error'));
  app.use(requestId());
  app.use(requestLog({ log, observer, routeOf: routeFinder(router) }));
  if (settings.trustedHops > 0) app.use(clientAddress({ trustedHops: settings.trustedHops }));
  app.use(securityHeaders());
  if (settings.corsOrigins.length > 0) app.use(allowOrigins(settings.corsOrigins));
  app.use(problems({ log, mapError }));
  app.use(jsonBody({ limitBytes: settings.bodyLimitBytes }));
  app.use(routing(router));
  return app;
}

function allowOrigins(origins: readonly string[]): Middleware {
  return cors({
    origin: (ctx) => {
      const origin = ctx.get('Origin');
      return origins.includes(origin) ? origin : '';
    },
    exposeHeaders: ['ETag', 'Location', 'Retry-After', 'X-Cache', 'X-Request-Id', 'Server-Timing'],
  });
}
