import { Router } from '@koa/router';
import { createAuthService, ensureSigningKeys } from '@relay/auth';
import { createPostService } from '@relay/post';
import { healthAnswer } from '@relay/service-kit/http/admin';
import { createHttpApp, httpSettings } from '@relay/service-kit/http/app';
import { shareCheck, worstHealth } from '@relay/service-kit/http/health';
import { landing } from '@relay/service-kit/http/landing';
import { byPath } from '@relay/service-kit/http/request-target';
import { createMetrics } from '@relay/service-kit/metrics/metrics';
import type { createLogger } from '@relay/service-kit/process/logger';
import { serve, type Serving } from '@relay/service-kit/process/service';
import { shutdownTracing, traceExemplar } from '@relay/tracing/api';

import manifest from '../../../package.json' with { type: 'json' };
import type { LocalConfig } from './config.ts';

interface RelayOptions {
  config: LocalConfig;
  log: ReturnType<typeof createLogger>;
  /** Told by the admin port, so that another Relay, or another program, is not taken for this one. */
  instance: string;
  authUrl: string;
  postUrl: string;
  redisUrl: string | undefined;
  /** Ends what was started for this process: Redis and Postgres. */
  stopBacking: () => Promise<void>;
}

const LINKS = [
  { path: '/health', what: 'who is up' },
  { path: '/api/auth/openapi.json', what: 'users and tokens, as OpenAPI' },
  { path: '/api/posts/openapi.json', what: 'posts and votes, as OpenAPI' },
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

  const health = shareCheck(async () => {
    const [authHealth, postHealth] = await Promise.all([auth.health(), post.health()]);
    return { ...postHealth, ...worstHealth([authHealth, postHealth]), instance };
  });
  const router = new Router();
  router.get('/', landing('Relay', LINKS));
  router.get('/health', healthAnswer(health));
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
    handle: byPath({ '/api/auth': auth.handle, '/api/posts': post.handle }, front.callback()),
    health,
    closeLast: [stopBacking, shutdownTracing],
  });
}
