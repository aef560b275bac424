import { startTcpProxy } from '@relay/dev-servers/tcp-proxy';
import { testDatabase } from '@relay/dev-servers/testing';
import type { Knex } from 'knex';
import { afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest';

import { mapDatabaseError } from '../http/database-errors.ts';
import { captureLog } from '../testing/log.ts';
import { connectDatabase } from './database.ts';
import { violatedConstraint } from './errors.ts';

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

const answers = (db: Knex) =>
  db.raw('select 1').then(
    () => true,
    () => false,
  );
const UNAVAILABLE = expect.objectContaining({ code: 'unavailable', retryAfterSeconds: 1 });
const mapped = (work: PromiseLike<unknown>) =>
  Promise.resolve(work).then(
    (answer) => answer,
    (error: unknown) => mapDatabaseError(error),
  );

test('does not change the search path of the session', async () => {
  const { rows } = await connect().raw('show search_path');
  expect(rows).toEqual([{ search_path: '"$user", public' }]);
});

test('sends no statement of its own that could fail in place of the first', async () => {
  const proxy = await startTcpProxy(Number(new URL(url).port));
  onTestFinished(() => proxy.stop());
  const lossy = Object.assign(new URL(url), { host: `127.0.0.1:${proxy.port}` });
  proxy.loseReplyTo('version()');
  expect(await answers(connect({ url: lossy.href }))).toBe(true);
});

test('sets its application name', async () => {
  const { rows } = await connect().raw(
    'select application_name as name from pg_stat_activity where pid = pg_backend_pid()',
  );
  expect(rows).toEqual([{ name: 'kit-test' }]);
});

test('the server cancels a statement after its timeout', async () => {
  const db = connect({ poolSize: 1 });
  expect(await mapped(db.raw('select pg_sleep(60)'))).toEqual(UNAVAILABLE);
  expect(await answers(db)).toBe(true);
});

test('one locked row does not block the pool', async () => {
  const db = connectDatabase({
    url,
    poolSize: 3,
    statementTimeoutMs: 1500,
    schema: 'kit',
    applicationName: 'kit-test',
  });
  open.push(db);
  await db.transaction(async (holder) => {
    await holder('kit.things').where({ id: 1 }).update({ name: 'locked' });
    const updates = Promise.all(
      [1, 2, 3, 4].map(() => mapped(db('kit.things').where({ id: 1 }).update({ name: 'late' }))),
    );
    // The statement timeout alone would block both other connections for as long as a call waits for one.
    const reads = [1, 2, 3, 4].map(() => mapped(db('kit.things').where({ id: 2 }).first('id')));
    expect(await Promise.all(reads)).toEqual([{ id: 2 }, { id: 2 }, { id: 2 }, { id: 2 }]);
    for (const outcome of await updates) {
      expect(outcome).toMatchObject({ code: 'unavailable', cause: { code: '55P03' } });
    }
  });
});

test('a statement that waits for a lock is ended too', async () => {
  const db = connect();
  await db.transaction(async (holder) => {
    await holder('kit.things').where({ id: 1 }).update({ name: 'locked' });
    const waiting = db('kit.things').where({ id: 1 }).update({ name: 'late' });
    expect(await mapped(waiting)).toEqual(UNAVAILABLE);
  });
});

test('the victim of a deadlock may retry', async () => {
  const db = connect({ poolSize: 3 });
  const firstLocks = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const lockBoth = (mine: number, other: number) =>
    db.transaction(async (trx) => {
      // Before the statement's own timeout ends both.
      await trx.raw("set local deadlock_timeout = '10ms'");
      await trx('kit.things').where({ id: mine }).update({ name: 'a' });
      firstLocks[mine - 1]!.resolve();
      await firstLocks[other - 1]!.promise;
      await trx('kit.things').where({ id: other }).update({ name: 'b' });
    });
  const outcomes = await Promise.allSettled([lockBoth(1, 2), lockBoth(2, 1)]);
  const lost = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
  expect(lost).toEqual([expect.objectContaining({ code: '40P01' })]);
  expect(mapDatabaseError(lost[0])).toEqual(UNAVAILABLE);
});

test('a call without a free connection fails, and the pool recovers', async () => {
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
  expect(await answers(db)).toBe(true);
});

test('replaces a connection to a server that stops responding', async () => {
  const db = connect({ poolSize: 1 });
  const { rows } = await db.raw('select pg_backend_pid() as pid');
  const [{ pid }] = rows as [{ pid: number }];
  process.kill(pid, 'SIGSTOP');
  try {
    expect(await mapped(db.raw('select 1'))).toEqual(UNAVAILABLE);
    expect(await answers(db)).toBe(true);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
});

test('replaces connections that the server has ended', async () => {
  const db = connect({ poolSize: 1 });
  const { rows } = await db.raw('select pg_backend_pid() as pid');
  const [{ pid }] = rows as [{ pid: number }];
  await connect().raw('select pg_terminate_backend(?)', [pid]);
  await vi.waitFor(async () => expect(await answers(db)).toBe(true));
});

test('an unreachable address is an outage', async () => {
  const nowhere = connect({ url: 'postgres://relay:secret@127.0.0.1:1/relay' });
  expect(await mapped(nowhere.raw('select 1'))).toEqual(UNAVAILABLE);
  const unknown = connect({ url: 'postgres://relay:secret@no-such-host.invalid/relay' });
  expect(await mapped(unknown.raw('select 1'))).toEqual(UNAVAILABLE);
});

test('names the constraint that a statement broke, and no error of another kind is one', async () => {
  const add = connect()('kit.things').insert({ id: 1, name: 'again' });
  const error = await Promise.resolve(add).catch((cause: unknown) => cause);
  expect(violatedConstraint(error)).toBe('things_pkey');
  expect(mapDatabaseError(error)).toBeUndefined();
  expect(violatedConstraint(new Error('other'))).toBeUndefined();
  expect(violatedConstraint('other')).toBeUndefined();
});

test.each([
  ['a duplicate', (db: Knex) => db('kit.things').insert({ id: 1, name: 'private' })],
  ['a wrong type', (db: Knex) => db('kit.things').where({ owner: 'private' }).first()],
  ['a missing table', (db: Knex) => db('nothing').where({ name: 'private' }).first()],
  ['a timeout', (db: Knex) => db.raw('select pg_sleep(60), ? as x', ['private'])],
  [
    'a failure in a transaction',
    (db: Knex) => db.transaction((trx) => trx('kit.things').insert({ id: 2, name: 'private' })),
  ],
])('%s is logged without the statement and its values', async (_name, fail) => {
  const { log, text, lines } = captureLog();
  const error = await Promise.resolve(fail(connect())).catch((cause: unknown) => cause);
  log.error({ err: error }, 'Failed');
  expect(lines()).toEqual([
    expect.objectContaining({ err: expect.objectContaining({ type: 'error' }) }),
  ]);
  expect(text()).not.toMatch(/private|insert into|select|things"? where/);
});
