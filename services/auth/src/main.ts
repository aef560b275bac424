import { createMetrics } from '@relay/service-kit/metrics/metrics';
import { createLogger } from '@relay/service-kit/process/logger';
import { run, serve } from '@relay/service-kit/service/serve';
import { shutdownTracing, traceExemplar, traceIds } from '@relay/tracing/api';

import manifest from '../package.json' with { type: 'json' };
import { readAuthConfig } from './config.ts';
import { createAuthService } from './service.ts';

await run(async () => {
  const config = readAuthConfig(process.env);
  const log = createLogger({
    level: config.LOG_LEVEL,
    format: config.LOG_FORMAT,
    service: 'auth',
    mixin: traceIds,
  });
  const { version } = manifest;
  const metrics = createMetrics({ service: 'auth', version, exemplar: traceExemplar() });
  const service = await createAuthService({ config, log, metrics });
  return serve({
    settings: config,
    log,
    metrics,
    services: [service],
    handle: service.handle,
    health: service.health,
    closeLast: [shutdownTracing],
  });
});
