import { expect, test } from 'vitest';

import { connectKnex, eventually, outboxDatabase } from '../testing/outbox-database.ts';
import { outboxMigration } from './migration.ts';
import { postgresOutbox } from './postgres-outbox.ts';

const { url, knex, newTable } = await outboxDatabase();

test('a row is committed with the data of its write', async () => {
  const { create, rows } = await newTable();
  const outbox = create();
  const targets = [
    { kind: 'key', key: 'posts:id:1' },
    { kind: 'tag', tag: 'posts' },
  ] as const;
  await knex.transaction((tx) => outbox.append(tx, { id: 'write', targets }));
  expect(await rows()).toMatchObject([{ id: 'write', targets, applied_at: null, attempts: 0 }]);
});

test('a write that is rolled back leaves no row, and nothing is dispatched', async () => {
  const { start, append, rows } = await newTable();
  const { outbox, applied } = start();
  const write = knex.transaction(async (tx) => {
    await outbox.append(tx, { id: 'rolled-back', targets: [{ kind: 'tag', tag: 'posts' }] });
    throw new Error('the write failed');
  });
  await expect(write).rejects.toThrow('the write failed');
  await append('next');
  await eventually(() => expect(applied).toEqual(['next']));
  expect(await rows()).toHaveLength(1);
});

test('keys with any characters arrive unchanged', async () => {
  const { create, start } = await newTable();
  const targets = [
    'quote " backslash \\ question ? colon :id percent %',
    'nul \0 newline \n unpaired \ud800',
    'emoji 🙂',
  ].map((key) => ({ kind: 'key', key }) as const);
  const outbox = create();
  await knex.transaction((tx) => outbox.append(tx, { id: 'odd', targets }));

  const received: unknown[] = [];
  start({}, async (row) => void received.push(row));
  await eventually(() => expect(received).toEqual([{ id: 'odd', targets }]));
});

test('with a schema, no statement depends on the search path', async () => {
  await knex.raw('create schema relay');
  await knex.raw(outboxMigration('cache_outbox', 'relay').up);
  const db = connectKnex(url, { searchPath: ['elsewhere'] });
  const outbox = postgresOutbox({ db, schema: 'relay', pollMs: 10, graceMs: 0, claimMs: 200 });
  const applied: string[] = [];
  outbox.start({
    canApply: () => true,
    apply: async ({ id }) => void applied.push(id),
    onLook() {},
    onError(error) {
      throw error;
    },
  });
  await db.transaction((tx) => outbox.append(tx, { id: 'write', targets: [] }));
  await eventually(() => expect(applied).toEqual(['write']));
  outbox.replay();
  await eventually(() => expect(applied).toEqual(['write', 'write']));
  await outbox.close();
});

test('the migration can be undone and repeated', async () => {
  const { up, down } = outboxMigration('undone');
  for (const sql of [up, down, up]) await knex.raw(sql);
  expect(await knex.schema.hasTable('undone')).toBe(true);
});

test('a transaction that Postgres refuses at COMMIT has not committed', async () => {
  const { create, rows } = await newTable();
  await knex.raw('create table parents (id int primary key)');
  await knex.raw(
    'create table children (parent int references parents deferrable initially deferred)',
  );
  const outbox = create();
  const error = await knex
    .transaction(async (tx) => {
      await tx.raw('insert into children values (1)');
      await outbox.append(tx, { id: 'refused', targets: [] });
    })
    .catch((cause: unknown) => cause);
  expect(error).toMatchObject({ code: '23503' });
  expect(outbox.mayHaveCommitted(error)).toBe(false);
  expect(await rows()).toEqual([]);
});

test('a COMMIT that the driver gives up may have committed, and may do so later', async () => {
  const { create, rows } = await newTable();
  // A deferred trigger makes COMMIT itself slow.
  await knex.raw(`
    create table slow (id int);
    create function wait_at_commit() returns trigger language plpgsql as
      $$ begin perform pg_sleep(0.5); return null; end $$;
    create constraint trigger slow_commit after insert on slow
      deferrable initially deferred for each row execute function wait_at_commit();
  `);
  const db = connectKnex(url, { connection: { connectionString: url, query_timeout: 200 } });
  const outbox = create();
  const error = await db
    .transaction(async (tx) => {
      await tx.raw('insert into slow values (1)');
      await outbox.append(tx, { id: 'late', targets: [] });
    })
    .catch((cause: unknown) => cause);
  expect(error).toMatchObject({ message: expect.stringContaining('Query read timeout') });
  expect(outbox.mayHaveCommitted(error)).toBe(true);
  await eventually(async () => expect(await rows()).toMatchObject([{ id: 'late' }]));
});
