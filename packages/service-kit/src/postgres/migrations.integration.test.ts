import { once } from 'node:events';
import { connect as connectTo, createServer, type AddressInfo, type Socket } from 'node:net';

import { testDatabase } from '@relay/dev-servers/testing';
import createKnex, { type Knex } from 'knex';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { KNEX_DEFAULTS } from './database.ts';
import { migrate, MigrationError, missingMigrations, type Schema } from './migrations.ts';

const first = {
  name: '001-notes',
  up: (knex: Knex) =>
    knex.raw('create table notes (id int primary key generated always as identity, text text)'),
  down: (knex: Knex) => knex.raw('drop table notes'),
};
const second = {
  name: '002-tags',
  up: (knex: Knex) => knex.raw('create table tags (id int primary key)'),
  down: (knex: Knex) => knex.raw('drop table tags'),
};
const notes: Schema = { name: 'notes', migrations: [first] };
const newerNotes: Schema = { name: 'notes', migrations: [first, second] };
const other: Schema = { name: 'other', migrations: [first] };

let ownerUrl: string;
let owner: Knex;
let serviceUrl: string;
const open: Knex[] = [];

beforeEach(async () => {
  ownerUrl = await testDatabase();
  owner = connect(ownerUrl);
  serviceUrl = asRole('secret');
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((db) => db.destroy()));
});

function connect(url: string): Knex {
  const db = createKnex({
    client: 'pg',
    ...KNEX_DEFAULTS,
    connection: url,
    pool: { min: 0, max: 2 },
  });
  open.push(db);
  return db;
}

/** The url of a role that is this test's own: roles belong to the server, not to a database. */
function asRole(password: string, name?: string): string {
  const url = new URL(ownerUrl);
  url.username = name ?? `${url.pathname.slice(1)}_service`;
  url.password = encodeURIComponent(password);
  return url.href;
}

test('applies pending migrations in order, and is safe to repeat', async () => {
  expect(await migrate({ ownerUrl, serviceUrl, schema: notes })).toEqual(['001-notes']);
  expect(await migrate({ ownerUrl, serviceUrl, schema: notes })).toEqual([]);
  expect(await migrate({ ownerUrl, serviceUrl, schema: newerNotes })).toEqual(['002-tags']);
});

test('is safe to run twice at once', async () => {
  const runs = [1, 2, 3].map(() => migrate({ ownerUrl, serviceUrl, schema: newerNotes }));
  const applied = await Promise.all(runs);
  expect(applied.flat()).toEqual(['001-notes', '002-tags']);
});

test('fails if another migration holds the lock', async () => {
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const slow: Schema = {
    name: 'notes',
    migrations: [
      {
        ...first,
        async up(knex) {
          begun.resolve();
          await goOn.promise;
          await first.up(knex);
        },
      },
    ],
  };
  const holder = migrate({ ownerUrl, serviceUrl, schema: slow });
  await begun.promise;
  const waiting = migrate({ ownerUrl, serviceUrl, schema: notes, lockTimeoutMs: 50 });
  await expect(waiting).rejects.toThrow(
    new MigrationError('schema notes: another migration has held the lock for more than 50 ms'),
  );
  goOn.resolve();
  expect(await holder).toEqual(['001-notes']);
});

test('an older version does not change a newer schema', async () => {
  await migrate({ ownerUrl, serviceUrl, schema: newerNotes });
  expect(await migrate({ ownerUrl, serviceUrl, schema: notes })).toEqual([]);
  expect(await connect(serviceUrl).select('*').from('notes.tags')).toEqual([]);
});

test('continues after a killed run that left its lock', async () => {
  await migrate({ ownerUrl, serviceUrl, schema: notes });
  await owner('notes.migrations_lock').update({ is_locked: 1 });
  expect(await migrate({ ownerUrl, serviceUrl, schema: newerNotes })).toEqual(['002-tags']);
});

test('a migration that fails leaves nothing behind', async () => {
  const broken = {
    ...second,
    up: (knex: Knex) => knex.raw('create table tags (id int); create table notes (id int)'),
  };
  const schema = { name: 'notes', migrations: [first, broken] };
  await expect(migrate({ ownerUrl, serviceUrl, schema })).rejects.toThrow(
    new MigrationError('schema notes: relation "notes" already exists'),
  );
  expect(await migrate({ ownerUrl, serviceUrl, schema: newerNotes })).toContain('002-tags');
});

const PERMISSION_DENIED = '42501';

test('the service reads and writes rows of its own schema', async () => {
  await migrate({ ownerUrl, serviceUrl, schema: notes });
  const db = connect(serviceUrl);
  await db.raw("insert into notes.notes (text) values ('a')");
  await db.raw("update notes.notes set text = 'b'");
  expect((await db.raw('select text from notes.notes')).rows).toEqual([{ text: 'b' }]);
  await db.raw('delete from notes.notes');
});

test('the service can do nothing more', async () => {
  await migrate({ ownerUrl, serviceUrl, schema: notes });
  const otherUrl = asRole('secret', `${new URL(ownerUrl).pathname.slice(1)}_other`);
  await migrate({ ownerUrl, serviceUrl: otherUrl, schema: other });
  const db = connect(serviceUrl);
  const statements = [
    'create table notes.more (id int)',
    'create table public.more (id int)',
    'create schema more',
    'create role more',
    'drop table notes.notes',
    'alter table notes.notes add column more int',
    'truncate notes.notes',
    'select * from other.notes',
    'insert into other.notes default values',
    'delete from notes.migrations',
    "insert into notes.migrations (name) values ('003')",
    'update notes.migrations_lock set is_locked = 1',
  ];
  const outcomes = await Promise.allSettled(statements.map((statement) => db.raw(statement)));
  const codes = outcomes.map((one) => (one.status === 'rejected' ? one.reason.code : 'allowed'));
  expect(codes).toEqual(statements.map(() => PERMISSION_DENIED));
});

test('the service can read which migrations are missing', async () => {
  await migrate({ ownerUrl, serviceUrl, schema: notes });
  const db = connect(serviceUrl);
  expect(await missingMigrations(db, notes)).toEqual([]);
  expect(await missingMigrations(db, newerNotes)).toEqual(['002-tags']);
});

test('the check fails before the first migration', async () => {
  await expect(missingMigrations(connect(ownerUrl), notes)).rejects.toThrow('does not exist');
});

async function limits(url: string): Promise<number[]> {
  const names = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];
  const { rows } = await connect(url).raw(
    'select setting::int as ms from pg_settings where name = any(?) order by setting::int',
    [names],
  );
  return rows.map(({ ms }: { ms: number }) => ms);
}

test('the role of the service gets time limits, the owner none', async () => {
  await migrate({ ownerUrl, serviceUrl, schema: notes, statementTimeoutMs: 600 });
  expect(await limits(serviceUrl)).toEqual([200, 600, 1200]);
  expect(await limits(ownerUrl)).toEqual([0, 0, 0]);
});

test('a migration may run outside a transaction', async () => {
  const concurrent = {
    name: '002-index',
    config: { transaction: false },
    up: (knex: Knex) => knex.raw('create index concurrently notes_text on notes.notes (text)'),
    down: (knex: Knex) => knex.raw('drop index notes.notes_text'),
  };
  const schema = { name: 'notes', migrations: [first, concurrent] };
  expect(await migrate({ ownerUrl, serviceUrl, schema })).toEqual(['001-notes', '002-index']);
});

test('a table of a later migration is the service’s to use too', async () => {
  await migrate({ ownerUrl, serviceUrl, schema: notes });
  await migrate({ ownerUrl, serviceUrl, schema: newerNotes });
  expect(await connect(serviceUrl).select('*').from('notes.tags')).toEqual([]);
});

test.each([
  "it's",
  'a?b??c',
  '100%',
  'p@ss:w/rd',
  String.raw`back\slash`,
  'ünï 🎉',
  '"q"',
  '$1 :name',
])('a password may be %s', async (password) => {
  const url = asRole(password);
  await migrate({ ownerUrl, serviceUrl: url, schema: notes });
  expect(await connect(url).select('*').from('notes.notes')).toEqual([]);
});

test('a new password replaces the old one', async () => {
  const changedUrl = asRole('changed');
  await migrate({ ownerUrl, serviceUrl, schema: notes });
  await migrate({ ownerUrl, serviceUrl: changedUrl, schema: notes });
  expect(await connect(changedUrl).select('*').from('notes.notes')).toEqual([]);
  await expect(connect(serviceUrl).raw('select 1')).rejects.toMatchObject({ code: '28P01' });
});

test('one role may be owner and service', async () => {
  await migrate({ ownerUrl, serviceUrl: ownerUrl, schema: notes });
  expect(await owner.select('*').from('notes.notes')).toEqual([]);
});

test('reports a missing permission of the owner, without a password', async () => {
  const weakUrl = asRole('weak-secret', `${new URL(ownerUrl).pathname.slice(1)}_weak`);
  await owner.raw(`create role ?? login password 'weak-secret'`, [new URL(weakUrl).username]);
  const attempt = migrate({ ownerUrl: weakUrl, serviceUrl, schema: notes });
  await expect(attempt).rejects.toThrow(MigrationError);
  await expect(attempt).rejects.toThrow(/^schema notes: permission denied for database \S+$/);

  const database = new URL(ownerUrl).pathname.slice(1);
  await owner.raw('grant create on database ?? to ??', [database, new URL(weakUrl).username]);
  await expect(migrate({ ownerUrl: weakUrl, serviceUrl, schema: notes })).rejects.toThrow(
    new MigrationError('schema notes: permission denied to create role'),
  );
});

test('reports an unreachable server, without a password', async () => {
  const nowhere = 'postgres://postgres:secret@127.0.0.1:1/relay';
  await expect(migrate({ ownerUrl: nowhere, serviceUrl, schema: notes })).rejects.toThrow(
    new MigrationError('schema notes: connect ECONNREFUSED 127.0.0.1:1'),
  );
});

test('waits for a server that is still starting', async () => {
  const { hostname, port } = new URL(ownerUrl);
  let refused = 0;
  const starting = createServer((client) => {
    if (refused < 2) {
      refused += 1;
      client.destroy();
      return;
    }
    client.pipe(connectTo(Number(port), hostname)).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(starting, 'listening');
  try {
    const lateUrl = new URL(ownerUrl);
    lateUrl.host = `127.0.0.1:${(starting.address() as AddressInfo).port}`;
    const late = { ownerUrl: lateUrl.href, serviceUrl, schema: notes };
    await expect(migrate(late)).rejects.toThrow(MigrationError);
    expect(await migrate({ ...late, connectWithinMs: 20_000 })).toEqual(['001-notes']);
    expect(refused).toBe(2);
  } finally {
    starting.close();
  }
});

test('does not wait for a server that rejects the login', async () => {
  const wrong = Object.assign(new URL(ownerUrl), { username: 'nobody', password: 'wrong' }).href;
  await expect(
    migrate({ ownerUrl: wrong, serviceUrl, schema: notes, connectWithinMs: 3_600_000 }),
  ).rejects.toThrow(MigrationError);
});

test('times out on a server that accepts the connection and does not respond', async () => {
  const accepted = Promise.withResolvers<Socket>();
  const silent = createServer((socket) => accepted.resolve(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const url = `postgres://postgres:secret@127.0.0.1:${port}/relay`;
    const outcome = migrate({ ownerUrl: url, serviceUrl, schema: notes }).catch(
      (error: unknown) => error,
    );
    await accepted.promise;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await outcome).toEqual(new MigrationError('schema notes: timeout expired'));
  } finally {
    vi.useRealTimers();
    (await accepted.promise).destroy();
    silent.close();
  }
});
