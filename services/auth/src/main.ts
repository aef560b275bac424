import { createLogger, createRegistry, httpMetrics, run, serve } from '@relay/service-kit';
import { shutdownTracing, traceIds } from '@relay/tracing/api';

import { readAuthConfig } from './config.ts';
import { createAuthService } from './service.ts';

await run(async () => {
  const config = readAuthConfig(process.env);
  const log = createLogger({ level: config.LOG_LEVEL, service: 'auth', mixin: traceIds });
  const registry = createRegistry();
  const service = await createAuthService({ config, log, observe: httpMetrics(registry) });
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
