import cors from '@koa/cors';
import type { Router } from '@koa/router';
import Koa, { type Middleware } from 'koa';
import type { Logger } from 'pino';

import type { RequestObserver } from '../metrics/http.ts';
import { clientAddress } from './client-address.ts';
import { jsonBody } from './json-body.ts';
import { responsesOf, type OpenApiDocument } from './openapi.ts';
import { problems, type ErrorMapper } from './problem.ts';
import { requestId } from './request-id.ts';
import { requestLog } from './request-log.ts';
import { routeTemplateFinder } from './route-template.ts';
import { routing } from './routing.ts';
import { securityHeaders } from './security-headers.ts';

export interface HttpSettings {
  /** The number of trusted proxies in front of the service; see `clientAddress`. */
  trustedHops: number;
  bodyLimitBytes: number;
  /** Allowed origins of browser requests. Empty: no CORS headers. */
  corsOrigins: readonly string[];
}

/** Converts the values of `httpVariables` to settings. */
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
  /** The OpenAPI document of the router; its responses get metrics from 0. */
  api?: OpenApiDocument;
}

/** Creates a Koa application with the middleware that all services share, in front of `router`. */
export function createHttpApp(options: HttpAppOptions): Koa {
  const { settings, log, observer, mapError, router, api } = options;
  if (api) observer.expect(responsesOf(api));
  const app = new Koa();
  // `problems` handles the errors of requests; this logs the rest in the log's format.
  app.on('error', (err: unknown) => log.warn({ err }, 'Connection error'));
  app.use(requestId());
  app.use(requestLog({ log, observer, routeOf: routeTemplateFinder(router) }));
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
