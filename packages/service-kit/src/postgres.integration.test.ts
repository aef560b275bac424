import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';

import { Router } from '@koa/router';
import { startPostgres } from '@relay/local';
import { testDatabase } from '@relay/local/testing';
import type { Knex } from 'knex';
import { afterEach, beforeAll, expect, inject, test, vi } from 'vitest';

import { createHttpApp } from './app.ts';
import { connectDatabase, mapDatabaseError, pingDatabase, violatedConstraint } from './postgres.ts';
import { captureLog, listenForTests, unobserved } from './testing/index.ts';

const STATEMENT_TIMEOUT_MS = 300;
let url: string;
beforeAll(async () => {
  url = await testDatabase();
  const db = connect();
  await db.raw(`
    create schema kit;
    create table kit.things (id int primary key, owner uuid, name text);
    insert into kit.things (id, name) values (1, 'one'), (2, 'two');
  `);
});

const open: Knex[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((db) => db.destroy()));
});

function connect(given: { url?: string; poolSize?: number } = {}): Knex {
  const db = connectDatabase({
    url: given.url ?? url,
    poolSize: given.poolSize ?? 2,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    schema: 'kit',
    applicationName: 'kit-test',
  });
  open.push(db);
  return db;
}

const UNAVAILABLE = expect.objectContaining({ code: 'unavailable', retryAfterSeconds: 1 });
const mapped = (work: PromiseLike<unknown>) =>
  Promise.resolve(work).then(
    () => 'it answered',
    (error: unknown) => mapDatabaseError(error),
  );

test('finds the tables of its own schema and no others', async () => {
  const db = connect();
  expect(await db('things').where({ id: 1 }).first()).toMatchObject({ name: 'one' });
  const { rows } = await db.raw('show search_path');
  expect(rows).toEqual([{ search_path: 'kit' }]);
});

test('says its name to the server', async () => {
  const { rows } = await connect().raw(
    'select application_name as name from pg_stat_activity where pid = pg_backend_pid()',
  );
  expect(rows).toEqual([{ name: 'kit-test' }]);
});

test('a statement that takes too long is ended on the server', async () => {
  const db = connect({ poolSize: 1 });
  expect(await mapped(db.raw('select pg_sleep(60)'))).toEqual(UNAVAILABLE);
  expect(await pingDatabase(db)).toBe('up');
});

test('a statement that waits for a lock is ended too', async () => {
  const db = connect();
  await db.transaction(async (holder) => {
    await holder('things').where({ id: 1 }).update({ name: 'locked' });
    const waiting = db('things').where({ id: 1 }).update({ name: 'late' });
    expect(await mapped(waiting)).toEqual(UNAVAILABLE);
  });
});

test('who loses a deadlock may try again', async () => {
  const db = connect({ poolSize: 3 });
  const firstLocks = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const lockBoth = (mine: number, other: number) =>
    db.transaction(async (trx) => {
      // Before the statement's own timeout ends both.
      await trx.raw("set local deadlock_timeout = '10ms'");
      await trx('things').where({ id: mine }).update({ name: 'a' });
      firstLocks[mine - 1]!.resolve();
      await firstLocks[other - 1]!.promise;
      await trx('things').where({ id: other }).update({ name: 'b' });
    });
  const outcomes = await Promise.allSettled([lockBoth(1, 2), lockBoth(2, 1)]);
  const lost = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
  expect(lost).toEqual([expect.objectContaining({ code: '40P01' })]);
  expect(mapDatabaseError(lost[0])).toEqual(UNAVAILABLE);
});

test('who finds no free connection is told so, and the pool recovers', async () => {
  const db = connect({ poolSize: 1 });
  await db.transaction(async (holder) => {
    await holder.raw('select 1');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const waiting = mapped(db.raw('select 1'));
      await vi.advanceTimersByTimeAsync(2000);
      expect(await waiting).toEqual(UNAVAILABLE);
    } finally {
      vi.useRealTimers();
    }
  });
  expect(await pingDatabase(db)).toBe('up');
});

test('replaces a connection whose server has gone silent', async () => {
  const db = connect({ poolSize: 1 });
  const { rows } = await db.raw('select pg_backend_pid() as pid');
  const [{ pid }] = rows as [{ pid: number }];
  process.kill(pid, 'SIGSTOP');
  try {
    expect(await mapped(db.raw('select 1'))).toEqual(UNAVAILABLE);
    expect(await pingDatabase(db)).toBe('up');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
});

test('replaces connections that the server has ended', async () => {
  const db = connect({ poolSize: 1 });
  const { rows } = await db.raw('select pg_backend_pid() as pid');
  const [{ pid }] = rows as [{ pid: number }];
  await connect().raw('select pg_terminate_backend(?)', [pid]);
  await vi.waitFor(async () => expect(await pingDatabase(db)).toBe('up'));
});

test('answers 503 while Postgres is away, and as before when it is back', async () => {
  const dataDir = await mkdtemp(path.join(inject('testFolder'), 'kit-postgres-'));
  const settings = { fsync: 'off' };
  const postgres = await startPostgres({ dataDir, settings });
  const { port } = postgres;
  const db = connect({ url: postgres.url });
  const router = new Router();
  router.get('/', async (ctx) => {
    ctx.body = (await db.raw('select 1 as one')).rows;
  });
  const captured = captureLog();
  const app = createHttpApp({
    settings: { trustedHops: 0, bodyLimitBytes: 1, corsOrigins: [] },
    log: captured.log,
    observer: unobserved,
    mapError: mapDatabaseError,
    router,
  });
  const api = await listenForTests(app.callback());
  expect((await fetch(api)).status).toBe(200);

  for (const end of ['stop', 'kill'] as const) {
    const running = end === 'stop' ? postgres : await startPostgres({ dataDir, port, settings });
    await vi.waitFor(async () => expect((await fetch(api)).status).toBe(200));
    await running[end]();
    // A killed server's connections may answer until they notice.
    const response = await vi.waitFor(async () => {
      const response = await fetch(api);
      expect(response.status).toBe(503);
      return response;
    });
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.text()).not.toMatch(/select|127\.0\.0\.1|ECONN/);
    expect(await pingDatabase(db)).toBe('down');
  }
  const back = await startPostgres({ dataDir, port, settings });
  try {
    expect((await fetch(api)).status).toBe(200);
    expect(captured.lines()).toContainEqual(
      expect.objectContaining({ level: 40, msg: 'Request could not be served' }),
    );
    expect(captured.text()).not.toContain(new URL(back.url).password);
  } finally {
    await back.stop();
  }
});

test('a server that nobody can be at is away', async () => {
  const nowhere = connect({ url: 'postgres://relay:secret@127.0.0.1:1/relay' });
  expect(await mapped(nowhere.raw('select 1'))).toEqual(UNAVAILABLE);
  expect(await pingDatabase(nowhere)).toBe('down');
  const unknown = connect({ url: 'postgres://relay:secret@no-such-host.invalid/relay' });
  expect(await mapped(unknown.raw('select 1'))).toEqual(UNAVAILABLE);
});

test('names the constraint that a statement broke, and no error of another kind is one', async () => {
  const add = connect()('things').insert({ id: 1, name: 'again' });
  const error = await Promise.resolve(add).catch((cause: unknown) => cause);
  expect(violatedConstraint(error)).toBe('things_pkey');
  expect(mapDatabaseError(error)).toBeUndefined();
  expect(violatedConstraint(new Error('other'))).toBeUndefined();
  expect(violatedConstraint('other')).toBeUndefined();
});

test.each([
  ['a duplicate', (db: Knex) => db('things').insert({ id: 1, name: 'private' })],
  ['a wrong type', (db: Knex) => db('things').where({ owner: 'private' }).first()],
  ['a missing table', (db: Knex) => db('nothing').where({ name: 'private' }).first()],
  ['a timeout', (db: Knex) => db.raw('select pg_sleep(60), ? as x', ['private'])],
  [
    'a failure in a transaction',
    (db: Knex) => db.transaction((trx) => trx('things').insert({ id: 2, name: 'private' })),
  ],
])('%s is logged without the statement and its values', async (_what, fail) => {
  const { log, text, lines } = captureLog();
  const error = await Promise.resolve(fail(connect())).catch((cause: unknown) => cause);
  log.error({ err: error }, 'Failed');
  expect(lines()).toEqual([
    expect.objectContaining({ err: expect.objectContaining({ type: 'error' }) }),
  ]);
  expect(text()).not.toMatch(/private|insert into|select|things"? where/);
});
