import path from 'node:path';

import { createServerMetrics } from '@relay/service-kit/metrics/metrics';
import { createLogger } from '@relay/service-kit/process/logger';
import { run, serve } from '@relay/service-kit/service/serve';
import { shutdownTracing, traceExemplar, traceIds } from '@relay/tracing/api';

import manifest from '../package.json' with { type: 'json' };
import { readWebConfig } from './config.ts';
import { readPageFiles } from './page-files.ts';
import { createWebApp } from './web-app.ts';

await run(async () => {
  const config = readWebConfig(process.env);
  const log = createLogger({
    level: config.LOG_LEVEL,
    format: config.LOG_FORMAT,
    service: 'web',
    mixin: traceIds,
  });
  const { version } = manifest;
  const metrics = createServerMetrics({ service: 'web', version, exemplar: traceExemplar() });
  const files = await readPageFiles(path.join(import.meta.dirname, '../dist'));
  const app = createWebApp({ config, log, metrics, files, pageConfig: { cacheOutage: false } });
  return serve({
    settings: config,
    log,
    metrics,
    // No database to wait for: ready at once.
    services: [],
    handle: app.callback(),
    health: async () => ({ status: 'ok' }),
    closeLast: [shutdownTracing],
  });
});
