import { Router } from '@koa/router';
import Koa, { type Middleware } from 'koa';
import type { Logger } from 'pino';
import type { OpenMetricsContentType, Registry } from 'prom-client';

import { expose } from '../metrics/exposition.ts';
import type { HealthDetails } from './health.ts';
import { landing } from './landing.ts';

interface AdminOptions {
  log: Logger;
  registry: Registry<OpenMetricsContentType>;
  health: () => Promise<HealthDetails>;
  /** Why the process takes no requests; empty while it does. */
  notReady: () => readonly string[];
}

const LINKS = [
  { path: '/health', what: 'health in full' },
  { path: '/livez', what: 'whether the process runs' },
  { path: '/readyz', what: 'whether it takes requests' },
  { path: '/metrics', what: 'metrics for Prometheus' },
];

/** The admin port: health in full, probes and metrics. Never routed to from outside. */
export function createAdminApp({ log, registry, health, notReady }: AdminOptions): Koa {
  const router = new Router();
  router.get('/', landing('Relay, admin port', LINKS));
  router.get('/livez', (ctx) => {
    ctx.body = { status: 'ok' };
  });
  router.get('/readyz', (ctx) => {
    const reasons = notReady();
    const ready = reasons.length === 0;
    ctx.status = ready ? 200 : 503;
    ctx.body = ready ? { status: 'ok' } : { status: 'not ready', reasons };
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
