import type { RequestListener } from 'node:http';

import { Router } from '@koa/router';
import { createAuthService, ensureSigningKeys } from '@relay/auth';
import { createPostService } from '@relay/post';
import { createHttpApp, httpSettings } from '@relay/service-kit/http/app';
import { dispatchByPrefix } from '@relay/service-kit/http/request-target';
import { sameOrigin } from '@relay/service-kit/http/same-origin';
import { createMetrics, type Metrics } from '@relay/service-kit/metrics/metrics';
import type { createLogger } from '@relay/service-kit/process/logger';
import { healthHandler } from '@relay/service-kit/service/admin';
import { singleFlight, worstHealth } from '@relay/service-kit/service/health';
import { serve, type Serving } from '@relay/service-kit/service/serve';
import { shutdownTracing, traceExemplar } from '@relay/tracing/api';
import { createWebApp, type PageFiles } from '@relay/web';

import manifest from '../../../package.json' with { type: 'json' };
import { cacheOutageHandler, type CacheSwitch } from './cache-outage.ts';
import type { LocalConfig } from './config.ts';

interface RelayOptions {
  config: LocalConfig;
  log: ReturnType<typeof createLogger>;
  /** Returned by the admin port, which distinguishes this Relay from any other program. */
  instance: string;
  authUrl: string;
  postUrl: string;
  redisUrl: string | undefined;
  /** `undefined` for a Redis that this process has not started. */
  cacheSwitch: CacheSwitch | undefined;
  page: PageFiles;
  /** Ends the servers started for this process: Redis and Postgres. */
  stopBacking: () => Promise<void>;
}

/** The services in one process, behind one public and one admin port, as the ingress shows them. */
export async function startRelay(options: RelayOptions): Promise<Serving> {
  const { config, log, instance, authUrl, postUrl, redisUrl, cacheSwitch, stopBacking } = options;
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
    fetchRemovedUsers: auth.removedUsers,
  });

  const health = singleFlight(async () => {
    const [authHealth, postHealth] = await Promise.all([auth.health(), post.health()]);
    return { ...postHealth, ...worstHealth([authHealth, postHealth]), instance };
  });
  const local = createLocalApp({ config, log, metrics, health, cacheSwitch });
  const web = createWebApp({
    config: config.post,
    log: log.child({ service: 'web' }),
    metrics,
    files: options.page,
    pageConfig: { cacheOutage: cacheSwitch !== undefined },
  });

  return serve({
    settings: config.serve,
    log,
    metrics,
    services: [auth, post],
    handle: dispatchByPrefix(
      { '/api/auth': auth.handle, '/api/posts': post.handle, '/api/dev': local, '/health': local },
      web.callback(),
    ),
    health,
    closeLast: [stopBacking, shutdownTracing],
  });
}

interface LocalAppOptions extends Pick<RelayOptions, 'config' | 'log' | 'cacheSwitch'> {
  metrics: Metrics;
  health: Parameters<typeof healthHandler>[0];
}

/** The routes of this command alone: the health of all services, and the outage of the cache. */
function createLocalApp(options: LocalAppOptions): RequestListener {
  const { config, log, metrics, health, cacheSwitch } = options;
  const router = new Router();
  router.get('/health', healthHandler(health));
  if (cacheSwitch) {
    const onError = (err: unknown) => log.warn({ err }, 'Could not start Redis after the outage');
    router.post(
      '/api/dev/cache-outage',
      sameOrigin(),
      cacheOutageHandler({ redis: cacheSwitch, onError }),
    );
  }
  const settings = httpSettings(config.post);
  return createHttpApp({ settings, log, observer: metrics.requests, router }).callback();
}
