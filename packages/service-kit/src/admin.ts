import { Router } from '@koa/router';
import Koa, { type Middleware } from 'koa';
import type { Logger } from 'pino';
import type { OpenMetricsContentType, Registry } from 'prom-client';

import type { HealthDetails } from './health.ts';
import { expose } from './metrics/exposition.ts';

interface AdminOptions {
  log: Logger;
  registry: Registry<OpenMetricsContentType>;
  health: () => Promise<HealthDetails>;
  /** True from the first Postgres connection until the shutdown begins. */
  isReady: () => boolean;
}

/** The admin port: health in full, probes and metrics. Never routed to from outside. */
export function createAdminApp({ log, registry, health, isReady }: AdminOptions): Koa {
  const router = new Router();
  router.get('/livez', (ctx) => {
    ctx.body = { status: 'ok' };
  });
  router.get('/readyz', (ctx) => {
    const ready = isReady();
    ctx.status = ready ? 200 : 503;
    ctx.body = { status: ready ? 'ok' : 'not ready' };
  });
  router.get('/health', async (ctx) => {
    const found = await health();
    ctx.status = healthStatus(found);
    ctx.body = found;
  });
  router.get('/metrics', async (ctx) => {
    const { type, text } = await expose(registry, ctx.get('Accept'));
    ctx.type = type;
    ctx.body = text;
  });
  const app = new Koa();
  app.on('error', (err: unknown) => log.error({ err }, 'Admin request failed'));
  app.use(router.routes());
  return app;
}

/** Answers the public port's health checks: who is up and nothing of how they are. */
export function healthAnswer(health: () => Promise<HealthDetails>): Middleware {
  return async function answerHealth(ctx) {
    const { status, postgres, redis } = await health();
    ctx.set('Cache-Control', 'no-store');
    ctx.status = healthStatus({ status });
    ctx.body = { status, postgres, redis };
  };
}

/** 503 when down, so that a check by status alone sees it. */
function healthStatus({ status }: { status: HealthDetails['status'] }): number {
  return status === 'down' ? 503 : 200;
}
