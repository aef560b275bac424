import { testDatabase } from '@relay/dev-servers/testing';
import createKnex, { type Knex } from 'knex';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { migrate, MigrationError, type Schema } from './migrations.ts';

const first = {
  name: '001-notes',
  up: (knex: Knex) => knex.raw('create table notes (text text)'),
  down: (knex: Knex) => knex.raw('drop table notes'),
};
const notes: Schema = { name: 'notes', migrations: [first] };

let ownerUrl: string;
let serviceUrl: string;
let owner: Knex;

beforeEach(async () => {
  ownerUrl = await testDatabase();
  serviceUrl = ownerUrl;
  owner = createKnex({ client: 'pg', connection: ownerUrl });
});
afterEach(() => owner.destroy());

test('two runs at once build an index outside a transaction', async () => {
  const begun = Promise.withResolvers<void>();
  const concurrent = {
    name: '002-index',
    config: { transaction: false },
    async up(knex: Knex) {
      begun.resolve();
      await waiting(owner);
      await knex.raw('create index concurrently notes_text on notes.notes (text)');
    },
    down: (knex: Knex) => knex.raw('drop index notes.notes_text'),
  };
  const schema = { name: 'notes', migrations: [first, concurrent] };
  const runs = [migrate({ ownerUrl, serviceUrl, schema })];
  await begun.promise;
  runs.push(migrate({ ownerUrl, serviceUrl, schema, lockTimeoutMs: 20_000 }));
  expect((await Promise.all(runs)).flat()).toEqual(['001-notes', '002-index']);
});

/** Until a second migration is at the lock: it, the first and its holder have a session each. */
async function waiting(db: Knex): Promise<void> {
  await vi.waitFor(async () => {
    const { rows } = await db.raw(
      "select from pg_stat_activity where datname = current_database() and query like '%advisory%' and pid <> pg_backend_pid()",
    );
    expect(rows).toHaveLength(2);
  }, 10_000);
}

test('fails on a table that stays locked, and can be repeated', async () => {
  await migrate({ ownerUrl, serviceUrl, schema: notes });
  const altering = {
    name: '002-more',
    up: (knex: Knex) => knex.raw('alter table notes add column more int'),
    down: (knex: Knex) => knex.raw('alter table notes drop column more'),
  };
  const schema = { name: 'notes', migrations: [first, altering] };
  const options = { ownerUrl, serviceUrl, schema, tableLockTimeoutMs: 50 };
  await owner.transaction(async (reader) => {
    await reader.select('*').from('notes.notes');
    await expect(migrate(options)).rejects.toThrow(
      new MigrationError('schema notes: canceling statement due to lock timeout'),
    );
  });
  expect(await migrate(options)).toEqual(['002-more']);
});
