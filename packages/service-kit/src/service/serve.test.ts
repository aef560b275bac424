import type { RequestListener } from 'node:http';

import { afterEach, expect, test } from 'vitest';

import { createMetrics } from '../metrics/metrics.ts';
import type { DatabaseHealth } from '../postgres/check.ts';
import { captureLog } from '../testing/log.ts';
import { seriesOf } from '../testing/metrics-table.ts';
import type { HealthDetails } from './health.ts';
import { serve, type Service, type Serving } from './serve.ts';

const servings: Serving[] = [];
afterEach(async () => {
  await Promise.all(servings.splice(0).map((serving) => serving.stop('test')));
});

const settings = { HOST: '127.0.0.1', PORT: 0, ADMIN_PORT: 0, SHUTDOWN_DEADLINE_MS: 10_000 };
const UP: HealthDetails = { status: 'ok', postgres: 'up', redis: 'up' };
const DATABASE_UP: DatabaseHealth = { status: 'up' };
const DATABASE_DOWN: DatabaseHealth = { status: 'down', reason: 'the password is refused' };
const READY = { probe: 200, metric: 1 };
const NOT_READY = { probe: 503, metric: 0 };
const answerAtOnce: RequestListener = (_request, response) => response.end('hello');

interface Given {
  checkDatabase?: Service['checkDatabase'];
  health?: () => Promise<HealthDetails>;
  handle?: RequestListener;
  closeInOrder?: Service['closeInOrder'];
  closeLast?: Service['closeInOrder'];
}

async function serveOne(given: Given = {}) {
  const {
    handle = answerAtOnce,
    health = async () => UP,
    closeInOrder = [],
    closeLast = [],
  } = given;
  const checkDatabase = given.checkDatabase ?? (async () => DATABASE_UP);
  const captured = captureLog();
  const serving = await serve({
    settings,
    log: captured.log,
    metrics: createMetrics({ service: 'test', version: '1.2.3' }),
    services: [{ handle, health, checkDatabase, closeInOrder }],
    handle,
    health,
    closeLast,
  });
  servings.push(serving);
  const [port, adminPort] = serving.ports;
  const admin = (path: string, headers = {}) =>
    fetch(`http://127.0.0.1:${adminPort}${path}`, { headers });
  return {
    serving,
    captured,
    url: `http://127.0.0.1:${port}`,
    admin,
    /** The result of the readiness probe, and its metric. */
    readiness: async () => ({
      probe: (await admin('/readyz')).status,
      metric: seriesOf(await (await admin('/metrics')).text()).get('relay_ready'),
    }),
  };
}

test('is alive at once, and ready when Postgres has been reached', async () => {
  const reached = Promise.withResolvers<DatabaseHealth>();
  const { serving, admin, url, readiness } = await serveOne({
    checkDatabase: () => reached.promise,
  });
  expect((await admin('/livez')).status).toBe(200);
  expect(await readiness()).toEqual(NOT_READY);
  expect(await (await fetch(url)).text()).toBe('hello');
  reached.resolve(DATABASE_UP);
  await serving.ready;
  expect(await readiness()).toEqual(READY);
});

test('checks again until Postgres is up', async () => {
  let checks = 0;
  const checkDatabase = async () => (++checks === 2 ? DATABASE_UP : DATABASE_DOWN);
  const { serving, admin } = await serveOne({ checkDatabase });
  await serving.ready;
  expect(checks).toBe(2);
  expect((await admin('/readyz')).status).toBe(200);
});

test('the readiness probe names the cause, and the log has it as a warning', async () => {
  const { admin, captured } = await serveOne({ checkDatabase: async () => DATABASE_DOWN });
  await expect
    .poll(async () => (await admin('/readyz')).json())
    .toEqual({ status: 'not ready', reasons: ['the password is refused'] });
  expect(captured.lines()).toContainEqual(
    expect.objectContaining({ msg: 'Not ready', level: 40, reasons: ['the password is refused'] }),
  );
});

test('stays ready during a later outage of Postgres', async () => {
  let up = true;
  const health = async (): Promise<HealthDetails> =>
    up ? UP : { ...UP, status: 'down', postgres: 'down' };
  const { serving, admin, readiness } = await serveOne({
    checkDatabase: async () => (up ? DATABASE_UP : DATABASE_DOWN),
    health,
  });
  await serving.ready;
  up = false;
  expect((await admin('/health')).status).toBe(503);
  expect(await readiness()).toEqual(READY);
});

test('is not ready while it drains, and alive to the end', async () => {
  const entered = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const handle: RequestListener = (_request, response) => {
    entered.resolve();
    void release.promise.then(() => response.end('late'));
  };
  const { serving, url, admin, readiness } = await serveOne({ handle });
  await serving.ready;
  const answered = fetch(url);
  await entered.promise;
  const stopped = serving.stop('SIGTERM');
  expect(await readiness()).toEqual(NOT_READY);
  expect((await admin('/livez')).status).toBe(200);
  release.resolve();
  expect(await (await answered).text()).toBe('late');
  expect(await stopped).toBe(true);
});

test('settles when it is stopped before it was ever ready', async () => {
  const { serving } = await serveOne({ checkDatabase: async () => DATABASE_DOWN });
  expect(await serving.stop('SIGTERM')).toBe(true);
  await expect(serving.ready).resolves.toBeUndefined();
});

test('closes shared dependencies after the services', async () => {
  const closed: string[] = [];
  const close = (name: string) => async () => closed.push(name);
  const { serving } = await serveOne({
    closeInOrder: [close('redis'), close('postgres')],
    closeLast: [close('tracer')],
  });
  await serving.stop('SIGTERM');
  expect(closed).toEqual(['redis', 'postgres', 'tracer']);
});

test('returns the health with the details of the service on the admin port', async () => {
  const health = { ...UP, status: 'degraded', redis: 'down', cache: { hitRatio: 0.9 } } as const;
  const { admin } = await serveOne({ health: async () => health });
  const response = await admin('/health');
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual(health);
});

test('serves metrics in the requested format', async () => {
  const { admin } = await serveOne();
  const forPeople = await admin('/metrics');
  expect(forPeople.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(await forPeople.text()).toContain('# TYPE process_cpu_seconds_total counter\n');

  const forPrometheus = await admin('/metrics', {
    Accept: 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
  });
  const openMetrics = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
  expect(forPrometheus.headers.get('content-type')).toBe(openMetrics);
  expect(await forPrometheus.text()).toMatch(/# TYPE process_cpu_seconds counter\n[^]*# EOF\n$/);
});

test('serves nothing of the API on the admin port', async () => {
  const { admin } = await serveOne();
  expect((await admin('/api/posts')).status).toBe(404);
});

test('logs the error of an admin request, and not on stderr', async () => {
  const { admin, captured } = await serveOne({
    health: () => Promise.reject(new Error('no health')),
  });
  const response = await admin('/health');
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('no health');
  expect(captured.lines()).toContainEqual(
    expect.objectContaining({ msg: 'Admin request failed', level: 50 }),
  );
});
