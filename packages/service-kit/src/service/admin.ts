import { Router } from '@koa/router';
import Koa, { type Middleware } from 'koa';
import type { Logger } from 'pino';
import type { OpenMetricsContentType, Registry } from 'prom-client';

import { indexPage } from '../http/index-page.ts';
import { expose } from '../metrics/exposition.ts';
import type { HealthDetails } from './health.ts';

interface AdminOptions {
  log: Logger;
  registry: Registry<OpenMetricsContentType>;
  /** Returned as it is. */
  health: () => Promise<Pick<HealthDetails, 'status'>>;
  /** Why the process is not ready; empty when ready. */
  notReady: () => readonly string[];
}

const LINKS = [
  { path: '/health', description: 'health with details' },
  { path: '/livez', description: 'liveness' },
  { path: '/readyz', description: 'readiness' },
  { path: '/metrics', description: 'metrics for Prometheus' },
];

/** Creates the app of the admin port: health with details, probes and metrics. Never expose it to clients. */
export function createAdminApp({ log, registry, health, notReady }: AdminOptions): Koa {
  const router = new Router();
  router.get('/', indexPage('Relay, admin port', LINKS));
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
    const details = await health();
    ctx.status = statusCodeOf(details);
    ctx.body = details;
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

/** Creates the handler for `/health` of the public port, which omits the details. */
export function healthHandler(health: () => Promise<HealthDetails>): Middleware {
  return async function answerHealth(ctx) {
    const { status, postgres, redis } = await health();
    ctx.set('Cache-Control', 'no-store');
    ctx.status = statusCodeOf({ status });
    ctx.body = { status, postgres, redis };
  };
}

/** 503 when down, for clients that check the status code only. */
function statusCodeOf({ status }: { status: HealthDetails['status'] }): number {
  return status === 'down' ? 503 : 200;
}
