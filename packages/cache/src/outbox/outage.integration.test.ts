import { setImmediate } from 'node:timers/promises';

import type { Knex } from 'knex';
import { expect, inject, test } from 'vitest';

import { connectKnex, eventually, outboxDatabase } from '../testing/outbox-database.ts';
import type { SqlDatabase } from './database.ts';

const { url, knex, newTable } = await outboxDatabase();
const name = new URL(url).pathname.slice(1);
const never = () => new Promise<never>(() => {});

async function allowConnections(admin: Knex, allowed: boolean): Promise<void> {
  await admin.raw(`alter database ${name} with allow_connections ${String(allowed)}`);
  if (!allowed) {
    await admin.raw('select pg_terminate_backend(pid) from pg_stat_activity where datname = ?', [
      name,
    ]);
  }
}

test('an outage of Postgres is reported once, and rows are applied after it', async () => {
  const { start, append } = await newTable();
  const admin = connectKnex(inject('postgresUrl'));
  let failures = 0;
  const db: SqlDatabase<Knex.Transaction> = {
    transaction: (work) => knex.transaction(work),
    raw: async (sql, bindings) => {
      try {
        return await knex.raw(sql, bindings);
      } catch (error) {
        failures += 1;
        throw error;
      }
    },
  };
  const { applied, errors, looks } = start({ db });
  await eventually(() => expect(looks.length).toBeGreaterThan(0));

  await allowConnections(admin, false);
  await eventually(() => expect(failures).toBeGreaterThan(2));
  expect(errors).toHaveLength(1);

  await allowConnections(admin, true);
  // An idle connection of the pool may be one of those that were ended.
  await eventually(() => append('write'));
  await eventually(() => expect(applied).toEqual(['write']));
  expect(errors).toHaveLength(1);
});

test('a mark that cannot be written costs another application, no more', async () => {
  const { start, append, rows } = await newTable();
  await append('write');
  let broken = true;
  const db: SqlDatabase<Knex.Transaction> = {
    transaction: (work) => knex.transaction(work),
    raw: async (sql, bindings) => {
      if (broken && sql.includes('json_to_recordset')) throw new Error('Postgres is away');
      return knex.raw(sql, bindings);
    },
  };
  const { applied, errors } = start({ db, claimMs: 200 });
  await eventually(() => expect(applied.length).toBeGreaterThan(1));
  expect(errors).toEqual([new Error('Postgres is away')]);
  broken = false;
  await eventually(async () =>
    expect(await rows()).toMatchObject([{ applied_at: expect.any(Date) }]),
  );
});

test('close writes the marks that are waiting', async () => {
  const { create, append, rows } = await newTable();
  await append('write');
  const outbox = create();
  outbox.markApplied('write');
  await outbox.close();
  expect(await rows()).toMatchObject([{ applied_at: expect.any(Date) }]);
});

test('close waits for a row under way and marks it', async () => {
  const { start, append, rows } = await newTable();
  await append('write');
  let end: (() => void) | undefined;
  const { outbox } = start({}, () => new Promise((resolve) => (end = resolve)));
  await eventually(() => expect(end).toBeDefined());
  const closed = outbox.close();
  await setImmediate();
  end!();
  await closed;
  expect(await rows()).toMatchObject([{ applied_at: expect.any(Date) }]);
});

test('close ends although neither Postgres nor the store answers', async () => {
  const { start, append } = await newTable();
  await append('write');
  let away = false;
  const db: SqlDatabase<Knex.Transaction> = {
    transaction: (work) => knex.transaction(work),
    raw: (sql, bindings) => (away ? never() : knex.raw(sql, bindings)),
  };
  const { outbox, applied } = start({ db }, never);
  await eventually(() => expect(applied).toEqual(['write']));
  away = true;
  outbox.markApplied('another');
  await outbox.close();
});

test('a closed outbox looks no more', async () => {
  const { start, append, rows } = await newTable();
  const closed = start();
  await closed.outbox.close();
  const looks = closed.looks.length;
  await append('write');
  closed.outbox.markApplied('write');
  closed.outbox.replay();
  const other = start();
  await eventually(() => expect(other.applied).toEqual(['write']));
  await eventually(() => expect(other.looks.length).toBeGreaterThan(5));
  expect(closed.looks).toHaveLength(looks);
  expect(closed.applied).toEqual([]);
  expect(await rows()).toMatchObject([{ replays: 0 }]);
});
