import type { Knex } from 'knex';
import { expect, test } from 'vitest';

import { eventually, outboxDatabase } from '../testing/outbox-database.ts';

const { knex, newTable } = await outboxDatabase();
const numbered = (count: number) => Array.from({ length: count }, (_, n) => `row-${n}`);

/** Each look at the clock finds it ten seconds later, so that every turn purges. */
function hastyClock(): () => number {
  let nowMs = 0;
  return () => (nowMs += 10_000);
}

function recordStatements(db: Knex, fragment: string) {
  const statements: string[] = [];
  db.on('query', ({ sql }: { sql: string }) => {
    if (sql.includes(fragment)) statements.push(sql);
  });
  return statements;
}

test('the marks of many writers share a statement, and marked rows are not dispatched', async () => {
  const { table, start, append, rows } = await newTable();
  const ids = numbered(50);
  await append(...ids);
  // A second for the writers: theirs are the marks.
  await knex(table).update({ due_at: knex.raw("clock_timestamp() + interval '1 hour'") });
  const { outbox, applied, looks } = start();
  const statements = recordStatements(knex, 'json_to_recordset');
  for (const id of ids) outbox.markApplied(id);
  await eventually(async () =>
    expect((await rows()).every((row) => row.applied_at !== null)).toBe(true),
  );
  expect(statements).toHaveLength(1);
  await eventually(() => expect(looks.at(-1)).toMatchObject({ pending: 0 }));
  expect(applied).toEqual([]);
});

test('a mark for a row that does not exist changes nothing', async () => {
  const { start, append, rows } = await newTable();
  await append('other');
  const { outbox, errors } = start({ db: knex });
  outbox.markApplied('rolled back');
  await eventually(async () =>
    expect(await rows()).toMatchObject([{ id: 'other', applied_at: expect.any(Date) }]),
  );
  expect(errors).toEqual([]);
});

test('applied rows are deleted after their window, pending ones never', async () => {
  const { table, start, append, rows } = await newTable();
  await append('expired', 'recent', 'pending');
  const anHourAgo = knex.raw("clock_timestamp() - interval '1 hour'");
  await knex(table).where({ id: 'expired' }).update({ applied_at: anHourAgo });
  await knex(table).where({ id: 'recent' }).update({ applied_at: knex.fn.now() });
  await knex(table)
    .where({ id: 'pending' })
    .update({ pending_since: anHourAgo, due_at: knex.raw("'infinity'") });
  start({ windowMs: 60_000, now: hastyClock() });
  await eventually(async () =>
    expect((await rows()).map(({ id }) => id)).toEqual(['pending', 'recent']),
  );
});

test('more rows than one statement deletes are deleted in several', async () => {
  const { table, start, rows } = await newTable();
  await knex.raw(`
    insert into ${table} (id, targets, due_at, applied_at)
    select n, '[]', now(), now() - interval '1 hour' from generate_series(1, 2500) as n`);
  start({ random: () => 0 });
  await eventually(async () => expect(await rows()).toEqual([]));
});

test('a replay applies all rows of the window again', async () => {
  const { start, append, rows } = await newTable();
  const ids = numbered(5);
  await append(...ids);
  const { outbox, applied } = start();
  await eventually(async () =>
    expect((await rows()).every((row) => row.applied_at !== null)).toBe(true),
  );
  outbox.replay();
  await eventually(() => expect(applied).toHaveLength(10));
  expect(applied.slice(5).sort()).toEqual(ids);
});

test('a replay covers more rows than one statement takes', async () => {
  const { table, start, rows } = await newTable();
  await knex.raw(`
    insert into ${table} (id, targets, due_at, applied_at)
    select n, '[]', now(), now() from generate_series(1, 5000) as n`);
  const { outbox } = start();
  outbox.replay();
  await eventually(async () =>
    expect((await rows()).every(({ replays }) => replays === 1)).toBe(true),
  );
});

test('replays of several processes for one replaced store apply a row at most twice', async () => {
  const { start, append, rows } = await newTable();
  const ids = numbered(20);
  await append(...ids);
  const processes = Array.from({ length: 5 }, () => start());
  const applied = () => processes.flatMap((process) => process.applied);
  const settled = async () =>
    expect((await rows()).every((row) => row.applied_at !== null)).toBe(true);
  await eventually(settled);
  expect(applied()).toHaveLength(20);

  for (const { outbox } of processes) outbox.replay();
  await eventually(async () => {
    expect((await rows()).every(({ replays }) => replays === 5)).toBe(true);
    await settled();
  });
  expect(applied().length).toBeGreaterThanOrEqual(40);
  expect(applied().length).toBeLessThanOrEqual(60);
  expect(processes.flatMap(({ errors }) => errors)).toEqual([]);
});

test('a row that has just been replayed is not due again at once', async () => {
  const { table, start, append, rows } = await newTable();
  await append('first', 'repeated');
  await knex(table).update({ applied_at: knex.fn.now() });
  // As if its last replay were in an hour, so that the test does not depend on time.
  const inAnHour = knex.raw("clock_timestamp() + interval '1 hour'");
  await knex(table).where({ id: 'repeated' }).update({ replays: 1, pending_since: inAnHour });
  const { outbox, applied } = start();
  outbox.replay();
  await eventually(async () =>
    expect(await rows()).toMatchObject([
      { id: 'first', replays: 1, applied_at: expect.any(Date) },
      { id: 'repeated', replays: 2, applied_at: null },
    ]),
  );
  expect(applied).toEqual(['first']);
});

test('an attempt that began before a replay does not count', async () => {
  const { table, start, append, rows } = await newTable();
  await append('write');
  const ends: (() => void)[] = [];
  const { outbox, applied } = start(
    { claimMs: 60_000 },
    () => new Promise((end) => ends.push(end)),
  );
  await eventually(() => expect(ends).toHaveLength(1));
  outbox.replay();
  await eventually(async () => expect(await rows()).toMatchObject([{ replays: 1 }]));
  ends[0]!();
  // Settlements are written in order: once this one is, so is the first.
  await append('another');
  await eventually(() => expect(ends).toHaveLength(2));
  ends[1]!();
  await eventually(async () =>
    expect(await rows()).toMatchObject([
      { id: 'another', applied_at: expect.any(Date) },
      { id: 'write', applied_at: null },
    ]),
  );
  await knex(table).where({ id: 'write' }).update({ due_at: knex.fn.now() });
  await eventually(() => expect(applied).toEqual(['write', 'another', 'write']));
  ends[2]!();
  await eventually(async () =>
    expect(await rows()).toMatchObject([{ id: 'another' }, { applied_at: expect.any(Date) }]),
  );
});

test('the mark of a writer that invalidated before a replay does not count', async () => {
  const { start, append, rows, table } = await newTable();
  await append('write');
  await knex(table).update({ due_at: knex.raw("clock_timestamp() + interval '1 hour'") });
  const { outbox, applied } = start();
  outbox.replay();
  await eventually(async () => expect(await rows()).toMatchObject([{ replays: 1 }]));
  outbox.markApplied('write');
  await append('another');
  outbox.markApplied('another');
  await eventually(async () =>
    expect(await rows()).toMatchObject([
      { id: 'another', applied_at: expect.any(Date) },
      { id: 'write', applied_at: null },
    ]),
  );
  await knex(table).where({ id: 'write' }).update({ due_at: knex.fn.now() });
  await eventually(() => expect(applied).toContain('write'));
});
