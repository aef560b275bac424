import type { RequestListener } from 'node:http';

import { Router } from '@koa/router';
import { createAuthService, ensureSigningKeys } from '@relay/auth';
import { createPostService } from '@relay/post';
import {
  createHttpApp,
  httpSettings,
  createLogger,
  createMetrics,
  healthAnswer,
  serve,
  shareCheck,
  worstHealth,
  type Serving,
} from '@relay/service-kit';
import { shutdownTracing, traceExemplar, traceIds } from '@relay/tracing/api';

import manifest from '../../package.json' with { type: 'json' };
import type { LocalConfig } from './config.ts';

interface RelayOptions {
  config: LocalConfig;
  /** Told by the admin port, so that another Relay, or another program, is not taken for this one. */
  instance: string;
  authUrl: string;
  postUrl: string;
  redisUrl: string | undefined;
  /** Ends what was started for this process: Redis and Postgres. */
  stopBacking: () => Promise<void>;
}

/** Both services in one process, behind one public and one admin port, as the ingress shows them. */
export async function startRelay(options: RelayOptions): Promise<Serving> {
  const { config, instance, authUrl, postUrl, redisUrl, stopBacking } = options;
  const log = createLogger({ level: config.post.LOG_LEVEL, mixin: traceIds });
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

/** Chooses by the path's beginning, as the ingress does. */
function byPath(
  prefixes: Readonly<Record<string, RequestListener>>,
  otherwise: RequestListener,
): RequestListener {
  return (request, response) => {
    const path = request.url?.split('?', 1)[0] ?? '';
    const found = Object.entries(prefixes).find(
      ([prefix]) => path === prefix || path.startsWith(`${prefix}/`),
    );
    (found?.[1] ?? otherwise)(request, response);
  };
}
