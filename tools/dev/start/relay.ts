import { Router } from '@koa/router';
import { createAuthService, ensureSigningKeys } from '@relay/auth';
import { createPostService } from '@relay/post';
import { createHttpApp, httpSettings } from '@relay/service-kit/http/app';
import { indexPage } from '@relay/service-kit/http/index-page';
import { dispatchByPrefix } from '@relay/service-kit/http/request-target';
import { createMetrics } from '@relay/service-kit/metrics/metrics';
import type { createLogger } from '@relay/service-kit/process/logger';
import { healthHandler } from '@relay/service-kit/service/admin';
import { singleFlight, worstHealth } from '@relay/service-kit/service/health';
import { serve, type Serving } from '@relay/service-kit/service/serve';
import { shutdownTracing, traceExemplar } from '@relay/tracing/api';

import manifest from '../../../package.json' with { type: 'json' };
import type { LocalConfig } from './config.ts';

interface RelayOptions {
  config: LocalConfig;
  log: ReturnType<typeof createLogger>;
  /** Returned by the admin port, which distinguishes this Relay from any other program. */
  instance: string;
  authUrl: string;
  postUrl: string;
  redisUrl: string | undefined;
  /** Ends what was started for this process: Redis and Postgres. */
  stopBacking: () => Promise<void>;
}

const LINKS = [
  { path: '/health', description: 'who is up' },
  { path: '/api/auth/openapi.json', description: 'users and tokens, as OpenAPI' },
  { path: '/api/posts/openapi.json', description: 'posts and votes, as OpenAPI' },
];

/** Both services in one process, behind one public and one admin port, as the ingress shows them. */
export async function startRelay(options: RelayOptions): Promise<Serving> {
  const { config, log, instance, authUrl, postUrl, redisUrl, stopBacking } = options;
  const { version } = manifest;
  const metrics = createMetrics({ service: 'relay', version, exemplar: traceExemplar() });
  await ensureSigningKeys(config.auth.SIGNING_KEYS_DIR);
  const auth = await createAuthService({
    config: { ...config.auth, DATABASE_URL: authUrl, REDIS_URL: redisUrl },
    log: log.child({ service: 'auth' }),
    metrics,
  });
  const post = createPostService({
    config: { ...config.post, DATABASE_URL: postUrl, REDIS_URL: redisUrl },
    log: log.child({ service: 'post' }),
    metrics,
    fetchJwks: async () => auth.jwks,
  });

  const health = singleFlight(async () => {
    const [authHealth, postHealth] = await Promise.all([auth.health(), post.health()]);
    return { ...postHealth, ...worstHealth([authHealth, postHealth]), instance };
  });
  const router = new Router();
  router.get('/', indexPage('Relay', LINKS));
  router.get('/health', healthHandler(health));
  const front = createHttpApp({
    settings: httpSettings(config.post),
    log,
    observer: metrics.requests,
    router,
  });

  return serve({
    settings: config.serve,
    log,
    metrics,
    services: [auth, post],
    handle: dispatchByPrefix(
      { '/api/auth': auth.handle, '/api/posts': post.handle },
      front.callback(),
    ),
    health,
    closeLast: [stopBacking, shutdownTracing],
  });
}
