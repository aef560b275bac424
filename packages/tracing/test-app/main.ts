// A minimal service for the tests: uses every instrumented library like Relay's services.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Router } from '@koa/router';
import { shutdownTracing, traceIds, tracingEnabled } from '@relay/tracing/api';
import { Redis } from 'ioredis';
import knexFactory from 'knex';
import Koa from 'koa';
import { Pool } from 'pg';

const log = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

const { REDIS_URL = '', DATABASE_URL = '' } = process.env;
const redis = new Redis(REDIS_URL, { lazyConnect: true });
const knex = knexFactory({ client: 'pg', connection: DATABASE_URL });
const pool = new Pool({ connectionString: DATABASE_URL });

const router = new Router();
router.get('/items/:id', async (ctx) => {
  log({ msg: 'Reading', ...traceIds() });
  const secret = ctx.get('x-secret');
  await redis.set(`items:${secret}`, secret);
  const [row] = await knex.select(knex.raw('?::text as value', [secret]));
  const { rows } = await pool.query('SELECT $1::text AS value', [secret]);
  ctx.body = { knex: row.value, pg: rows[0].value };
});
router.get('/broken', async (ctx) => {
  const secret = ctx.get('x-secret');
  await redis.set(`items:${secret}`, secret);
  await redis.lpush(`items:${secret}`, secret).catch(() => {});
  await pool.query('SELECT $1::uuid', [secret]).catch(() => {});
  await knex.select(knex.raw('?::uuid', [secret]));
});
router.get('/plain', (ctx) => {
  ctx.body = { enabled: tracingEnabled(), ids: traceIds() ?? null };
});
router.get('/livez', async (ctx) => {
  await redis.ping();
  ctx.body = 'ok';
});

const app = new Koa();
// Otherwise Koa prints errors to stderr, which the tests check.
app.silent = true;
app.use((_ctx, next) => next());
app.use(router.routes());

const server = createServer(app.callback());
server.listen(0, '127.0.0.1', () => log({ port: (server.address() as AddressInfo).port }));

process.once('SIGTERM', () => {
  server.close(async () => {
    redis.disconnect();
    await Promise.all([knex.destroy(), pool.end()]);
    await shutdownTracing();
    process.exit(0);
  });
  server.closeIdleConnections();
});
