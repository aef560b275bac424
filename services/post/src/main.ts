import { createMetrics } from '@relay/service-kit/metrics/metrics';
import { createLogger } from '@relay/service-kit/process/logger';
import { run, serve } from '@relay/service-kit/service/serve';
import { shutdownTracing, traceExemplar, traceIds } from '@relay/tracing/api';

import manifest from '../package.json' with { type: 'json' };
import { readProcessConfig } from './config.ts';
import { httpJwks } from './key-set.ts';
import { httpRemovedUsers } from './removed-users.ts';
import { createPostService } from './service.ts';

await run(async () => {
  const config = readProcessConfig(process.env);
  const log = createLogger({
    level: config.LOG_LEVEL,
    format: config.LOG_FORMAT,
    service: 'post',
    mixin: traceIds,
  });
  const { version } = manifest;
  const metrics = createMetrics({ service: 'post', version, exemplar: traceExemplar() });
  const service = createPostService({
    config,
    log,
    metrics,
    fetchJwks: httpJwks(config.JWKS_URL),
    fetchRemovedUsers: httpRemovedUsers(config.JWKS_URL),
  });
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
