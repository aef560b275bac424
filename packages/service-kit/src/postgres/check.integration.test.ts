import { testDatabase } from '@relay/dev-servers/testing';
import type { Knex } from 'knex';
import { afterEach, beforeAll, expect, test } from 'vitest';

import { createDatabaseCheck } from './check.ts';
import { connectDatabase } from './database.ts';
import { migrate, type Schema } from './migrations.ts';

const first = {
  name: '001-notes',
  up: (knex: Knex) => knex.raw('create table notes (id int)'),
  down: (knex: Knex) => knex.raw('drop table notes'),
};
const notes: Schema = { name: 'notes', migrations: [first] };
const newerNotes: Schema = { name: 'notes', migrations: [first, { ...first, name: '002-more' }] };

let url: string;
beforeAll(async () => {
  url = await testDatabase();
});
const open: Knex[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((db) => db.destroy()));
});

function checkOf(change: Partial<URL>, schema = notes, search: Record<string, string> = {}) {
  const changed = Object.assign(new URL(url), change);
  for (const [name, value] of Object.entries(search)) changed.searchParams.set(name, value);
  return createDatabaseCheck(connect(changed.href, { schema: schema.name }), schema);
}

function connect(to: string, { schema = notes.name, statementTimeoutMs = 5000 } = {}): Knex {
  const applicationName = 'kit-test';
  const db = connectDatabase({ url: to, poolSize: 1, statementTimeoutMs, schema, applicationName });
  open.push(db);
  return db;
}
const down = (reason: string) => ({
  status: 'down',
  reason: `Postgres, schema notes: ${reason}`,
});

test('is up after the migration, and names the missing migration before', async () => {
  const check = checkOf({});
  expect(await check()).toEqual(down('the schema is not migrated'));
  await migrate({ ownerUrl: url, serviceUrl: url, schema: notes });
  expect(await check()).toEqual({ status: 'up' });
  expect(await checkOf({}, newerNotes)()).toEqual(
    down('the schema is not migrated: 002-more is missing'),
  );
});

test.each([
  ['a wrong password', { password: 'wrong' }, 'the role or its password is refused (28P01)'],
  ['an unknown role', { username: 'nobody' }, 'the role or its password is refused (28P01)'],
  ['an unknown database', { pathname: '/nothing' }, 'the database does not exist (3D000)'],
  ['no server', { port: '1' }, 'the server cannot be reached (ECONNREFUSED)'],
  ['an unknown host', { hostname: 'no.invalid' }, 'the host name cannot be resolved (ENOTFOUND)'],
])('%s is down with its reason', async (_name, change, reason) => {
  expect(await checkOf(change)()).toEqual(down(reason));
});

test('names a refused start-up parameter', async () => {
  const check = checkOf({}, notes, { options: '-c no_such_setting=1' });
  expect(await check()).toEqual(down('the start-up parameter no_such_setting is refused'));
});

test('a role without rights on the schema is down with its reason', async () => {
  const name = `${new URL(url).pathname.slice(1)}_stranger`;
  const db = connect(url);
  await db.raw("create role ?? login password 'x'", [name]);
  const check = checkOf({ username: name, password: 'x' });
  expect(await check()).toEqual(down('the role may not read the schema (42501)'));
  await db.raw('drop role ??', [name]);
});

test('times out after a second', async () => {
  const db = connect(url, { statementTimeoutMs: 20_000 });
  const holder = await db.transaction();
  expect(await createDatabaseCheck(db, notes)()).toEqual(down('no answer within 1000 ms'));
  await holder.rollback();
});
