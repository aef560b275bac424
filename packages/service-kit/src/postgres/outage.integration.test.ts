import { mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { Router } from '@koa/router';
import { startPostgres, type LocalPostgres } from '@relay/dev-servers';
import type { Knex } from 'knex';
import { afterEach, beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest';

import { createHttpApp } from '../http/app.ts';
import { mapDatabaseError } from '../http/database-errors.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { listenForTests } from '../testing/http.ts';
import { captureLog } from '../testing/log.ts';
import { seriesOf } from '../testing/metrics-table.ts';
import { noopRequestObserver } from '../testing/noop-request-observer.ts';
import { createDatabaseCheck } from './check.ts';
import { connectDatabase } from './database.ts';
import { DatabaseAwayError } from './errors.ts';
import { migrate, type Schema } from './migrations.ts';

const schema: Schema = {
  name: 'kit',
  migrations: [
    {
      name: '001-things',
      up: (knex) => knex.raw('create table things (id int primary key)'),
      down: (knex) => knex.raw('drop table things'),
    },
  ],
};
const SETTINGS = { fsync: 'off' };
/** A busy machine starts Postgres slowly. */
const PATIENT = { timeout: 20_000, interval: 20 };

let postgres: LocalPostgres;
let db: Knex;
const metrics = () => createMetrics({ service: 'test', version: '1.2.3' });
let measured: ReturnType<typeof metrics>;
let captured: ReturnType<typeof captureLog>;

beforeEach(async () => {
  const dataDir = await mkdtemp(path.join(inject('testFolder'), 'kit-postgres-'));
  postgres = await startPostgres({ dataDir, settings: SETTINGS });
  const { url } = postgres;
  await migrate({ ownerUrl: url, serviceUrl: url, schema });
  measured = metrics();
  captured = captureLog();
  db = connectDatabase({
    url,
    poolSize: 2,
    statementTimeoutMs: 1000,
    schema: 'kit',
    applicationName: 'kit-test',
    metrics: measured.postgres,
    log: captured.log,
  });
});
afterEach(async () => {
  await db.destroy();
  await postgres.stop();
});

async function startAgain(settings: Record<string, string> = SETTINGS): Promise<void> {
  const { dataDir, port } = postgres;
  postgres = await startPostgres({ dataDir, port, settings });
}

async function breakerState(): Promise<string | undefined> {
  const series = seriesOf(await measured.registry.metrics());
  return ['closed', 'open', 'half-open'].find(
    (state) => series.get(`postgres_breaker_state{pool="kit",state="${state}"}`) === 1,
  );
}
async function becomesClosed(): Promise<void> {
  await expect.poll(breakerState, PATIENT).toBe('closed');
}
const refusalOf = (work: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(work).then(
    () => 'it was done',
    (error: unknown) => error,
  );
const backend = async () =>
  (await db.raw<{ rows: [{ pid: number }] }>('select pg_backend_pid() as pid')).rows[0].pid;
const messages = () => captured.lines().map(({ msg }) => msg);

async function serveOne(): Promise<string> {
  const router = new Router();
  router.get('/', async (ctx) => {
    ctx.body = (await db.raw('select 1 as one')).rows;
  });
  router.post('/', async (ctx) => {
    await db('kit.things').insert({ id: 1 });
    ctx.status = 204;
  });
  const app = createHttpApp({
    settings: { trustedHops: 0, bodyLimitBytes: 1, corsOrigins: [] },
    log: captured.log,
    observer: noopRequestObserver,
    mapError: mapDatabaseError,
    router,
  });
  return listenForTests(app.callback());
}

async function expectRefusal(response: Response): Promise<void> {
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('1');
  expect(await response.text()).not.toMatch(/select|insert|127\.0\.0\.1|ECONN|read-only/);
}

describe.each(['stop', 'kill'] as const)('after %s', (end) => {
  test('answers 503 during an outage of Postgres, and recovers', async () => {
    const api = await serveOne();
    expect((await fetch(api)).status).toBe(200);
    await postgres[end]();
    // The children of a killed server answer until they notice.
    let response = await fetch(api);
    while (response.status === 200) response = await fetch(api);
    await expectRefusal(response);
    await startAgain();
    await expect.poll(async () => (await fetch(api)).status, PATIENT).toBe(200);
    expect(captured.text()).not.toContain(new URL(postgres.url).password);
  });

  test('rejects immediately during an outage, and recovers without traffic', async () => {
    const check = createDatabaseCheck(db, schema);
    expect(await check()).toEqual({ status: 'up' });
    await postgres[end]();
    await expect.poll(() => refusalOf(backend()), PATIENT).toBeInstanceOf(DatabaseAwayError);
    const refusals = await Promise.all(Array.from({ length: 50 }, () => refusalOf(backend())));
    for (const refusal of refusals) expect(refusal).toBe(refusals[0]);
    await expect.poll(check, PATIENT).toEqual({
      status: 'down',
      reason: 'Postgres, schema kit: the server cannot be reached (ECONNREFUSED)',
    });
    await startAgain();
    await becomesClosed();
    expect(await check()).toEqual({ status: 'up' });
    expect(messages().filter((msg) => msg === 'Postgres lost')).toHaveLength(1);
    expect(messages().filter((msg) => msg === 'Postgres recovered')).toHaveLength(1);
  });
});

describe('is no outage', () => {
  test('while slow statements take the whole pool', async () => {
    const [first, second] = await Promise.all([db.transaction(), db.transaction()]);
    expect(await refusalOf(backend())).toMatchObject({ name: 'KnexTimeoutError' });
    await Promise.all([first.commit(), second.commit()]);
    expect(await backend()).toEqual(expect.any(Number));
    expect(messages()).not.toContain('Postgres lost');
  });

  test('when statements break constraints', async () => {
    await db('kit.things').insert({ id: 1 });
    for (let n = 0; n < 10; n += 1) {
      const again = refusalOf(db('kit.things').insert({ id: 1 }));
      expect(await again).toMatchObject({ code: '23505' });
    }
    expect(await breakerState()).toBe('closed');
  });

  test('when it has no free connection', async () => {
    await db.raw('alter role postgres connection limit 1; select pg_reload_conf()');
    await db.raw('create role other login');
    const url = Object.assign(new URL(postgres.url), { username: 'other' });
    await db.raw("alter role other connection limit 0 password 'x'");
    url.password = 'x';
    const full = connectDatabase({
      url: url.href,
      poolSize: 1,
      statementTimeoutMs: 1000,
      schema: 'kit',
      applicationName: 'kit-test',
      log: captured.log,
    });
    onTestFinished(() => full.destroy());
    expect(mapDatabaseError(await refusalOf(full.raw('select 1')))).toMatchObject({
      code: 'unavailable',
    });
    expect(await refusalOf(full.raw('select 1'))).toMatchObject({ code: '53300' });
    expect(messages()).not.toContain('Postgres lost');
  });
});

test('a transaction that has begun is not cut by the outage of others', async () => {
  const trx = await db.transaction();
  const one = await backend();
  await trx.raw('select pg_terminate_backend(?)', [one]);
  await trx('kit.things').insert({ id: 1 });
  await trx.commit();
  expect(await db('kit.things').select()).toEqual([{ id: 1 }]);
});

describe('on a read-only server', () => {
  const READ_ONLY = { ...SETTINGS, default_transaction_read_only: 'on' };

  test('a write is a 503, its connection is replaced, and the health names the cause', async () => {
    const api = await serveOne();
    const check = createDatabaseCheck(db, schema);
    expect((await fetch(api)).status).toBe(200);
    await postgres.stop();
    await startAgain(READ_ONLY);
    await expect.poll(async () => (await fetch(api)).status, PATIENT).toBe(200);
    const before = await backend();
    await expectRefusal(await fetch(api, { method: 'POST' }));
    await expect.poll(backend).not.toBe(before);
    const { rows } = await db.raw('select 1 from pg_stat_activity where pid = ?', [before]);
    expect(rows).toEqual([]);
    expect(await check()).toEqual({
      status: 'down',
      reason: 'Postgres, schema kit: the server is read-only',
    });
  });

  test('a transaction that writes ends with the error of the server', async () => {
    await postgres.stop();
    await startAgain(READ_ONLY);
    await becomesClosed();
    const write = db.transaction((trx) => trx('kit.things').insert({ id: 1 }));
    expect(await refusalOf(write)).toMatchObject({ code: '25006' });
  });

  test('nothing is read from a standby, until it is promoted', async () => {
    const { rows } = await db.raw('show data_directory');
    await postgres.stop();
    await writeFile(path.join(rows[0].data_directory, 'standby.signal'), '');
    await startAgain();
    const api = await serveOne();
    await expect
      .poll(() => refusalOf(backend()), PATIENT)
      .toMatchObject({ message: expect.stringContaining('the server is read-only (25006)') });
    await expectRefusal(await fetch(api));

    const { default: pg } = await import('pg');
    const operator = new pg.Client(postgres.url);
    await operator.connect();
    await operator.query('select pg_promote()');
    await operator.end();
    await becomesClosed();
    expect((await fetch(api, { method: 'POST' })).status).toBe(204);
  });
});
