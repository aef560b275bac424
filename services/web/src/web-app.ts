import { createHttpApp, httpSettings } from '@relay/service-kit/http/app';
import type { Metrics } from '@relay/service-kit/metrics/metrics';
import type Koa from 'koa';
import type { Logger } from 'pino';

import type { WebConfig } from './config.ts';
import type { PageFiles } from './page-files.ts';
import { createRoutes, type PageConfig } from './routes.ts';

interface WebAppOptions {
  config: Pick<WebConfig, 'TRUSTED_HOPS' | 'BODY_LIMIT_BYTES' | 'CORS_ORIGINS'>;
  log: Logger;
  metrics: Pick<Metrics, 'requests'>;
  files: PageFiles;
  pageConfig: PageConfig;
}

/** The statuses of the routes, for metrics from 0. */
const STATUSES = {
  '/config.json': [200],
  '/assets/:file': [200, 304, 404],
  '/{*path}': [200, 302, 304, 404],
};

/** Wires the server of the page. It does not listen yet. */
export function createWebApp(options: WebAppOptions): Koa {
  const { config, log, metrics, files, pageConfig } = options;
  metrics.requests.expect(
    Object.entries(STATUSES).flatMap(([route, statuses]) =>
      ['GET', 'HEAD'].map((method) => ({ method, route, statuses })),
    ),
  );
  return createHttpApp({
    settings: httpSettings(config),
    log,
    observer: metrics.requests,
    router: createRoutes(files, pageConfig),
  });
}
