import { createLogger, createRegistry, httpMetrics, run, serve } from '@relay/service-kit';
import { shutdownTracing, traceIds } from '@relay/tracing/api';

import { readProcessConfig } from './config.ts';
import { httpJwks } from './key-set.ts';
import { createPostService } from './service.ts';

await run(async () => {
  const config = readProcessConfig(process.env);
  const log = createLogger({ level: config.LOG_LEVEL, service: 'post', mixin: traceIds });
  const registry = createRegistry();
  const service = createPostService({
    config,
    log,
    registry,
    observe: httpMetrics(registry),
    fetchJwks: httpJwks(config.JWKS_URL),
  });
  return serve({
    settings: config,
    log,
    registry,
    services: [service],
    handle: service.handle,
    health: service.health,
    closeLast: [shutdownTracing],
  });
});
