import { expect, test } from 'vitest';

import { connectKnex, eventually, outboxDatabase, targetsOf } from '../testing/outbox-database.ts';

const { url, knex, newTable } = await outboxDatabase();
const numbered = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${prefix}-${n}`);
const never = () => new Promise<void>(() => {});

test('a row that its writer did not mark is applied and marked', async () => {
  const { start, append, rows } = await newTable();
  await append('write');
  const { applied, looks } = start();
  await eventually(async () => {
    expect(await rows()).toMatchObject([{ id: 'write', applied_at: expect.any(Date) }]);
    expect(looks.at(-1)).toEqual({ pending: 0, lagMs: 0, dispatched: 0 });
  });
  expect(applied).toEqual(['write']);
  expect(looks.reduce((sum, { dispatched }) => sum + dispatched, 0)).toBe(1);
});

test('a transaction that began first and commits last is dispatched', async () => {
  const { create, start, append } = await newTable();
  const outbox = create();
  const older = await knex.transaction();
  await outbox.append(older, { id: '1-older', targets: targetsOf('1') });
  const { applied } = start();
  await append('2-newer');
  await eventually(() => expect(applied).toEqual(['2-newer']));
  await older.commit();
  await eventually(() => expect(applied).toEqual(['2-newer', '1-older']));
});

test('several processes share the rows, and no two apply the same one', async () => {
  const { start, append, rows } = await newTable();
  const ids = numbered('row', 400);
  await append(...ids);
  const processes = numbered('process', 4).map(() =>
    start({ concurrency: 8, claimMs: 60_000 }, () => new Promise((done) => setImmediate(done))),
  );
  await eventually(async () =>
    expect((await rows()).every((row) => row.applied_at !== null)).toBe(true),
  );
  const applied = processes.flatMap((process) => process.applied);
  expect(applied.sort()).toEqual(ids.sort());
  expect(processes.flatMap(({ errors }) => errors)).toEqual([]);
});

test('no more rows are under way in a process than it may apply at a time', async () => {
  const { start, append } = await newTable();
  await append(...numbered('row', 20));
  const ends: (() => void)[] = [];
  const { applied, looks } = start(
    { concurrency: 3, claimMs: 60_000 },
    () => new Promise((end) => ends.push(end)),
  );
  await eventually(() => expect(looks.length).toBeGreaterThan(3));
  expect(applied).toHaveLength(3);
  ends[0]!();
  await eventually(() => expect(applied).toHaveLength(4));
});

test('a full batch is followed by the next at once', async () => {
  const { start, append } = await newTable();
  await append(...numbered('row', 20));
  // The first look is at once, a second one by time would be after 30 s.
  const { applied } = start({ concurrency: 4, pollMs: 60_000, random: () => 0 });
  await eventually(() => expect(applied).toHaveLength(20));
});

test('the claim of a process that died expires, and another process applies the row', async () => {
  const { start, append, rows } = await newTable();
  await append('write');
  const pool = connectKnex(url);
  const dead = start({ db: pool, claimMs: 200 }, never);
  await eventually(() => expect(dead.applied).toEqual(['write']));
  await pool.destroy();

  const { applied } = start();
  await eventually(async () =>
    expect(await rows()).toMatchObject([{ applied_at: expect.any(Date) }]),
  );
  expect(applied).toEqual(['write']);
});

test('rows that fail are tried again and hold up no others', async () => {
  const { start, append, rows } = await newTable();
  await append(...numbered('bad', 50));
  let repaired = false;
  const { applied, errors } = start({ concurrency: 4 }, async ({ id }) => {
    if (id.startsWith('bad') && !repaired) throw new Error('the store refused');
  });
  await append(...numbered('good', 20));
  await eventually(() => expect(applied.filter((id) => id.startsWith('good'))).toHaveLength(20));
  await eventually(() => expect(applied.filter((id) => id === 'bad-0').length).toBeGreaterThan(2));
  // Dozens of failures, one report.
  expect(errors).toEqual([new Error('the store refused')]);

  repaired = true;
  await eventually(async () =>
    expect((await rows()).every((row) => row.applied_at !== null)).toBe(true),
  );
});

test('processes without the store leave a row to a process that reaches it', async () => {
  const { start, append, rows } = await newTable();
  const cutOff = numbered('process', 3).map(() => start({}, never, () => false));
  await append('write');
  await eventually(() => {
    for (const { looks } of cutOff) expect(looks.at(-1)).toMatchObject({ pending: 1 });
  });
  expect(await rows()).toMatchObject([{ attempts: 0 }]);
  const { applied } = start();
  await eventually(() => expect(applied).toEqual(['write']));
  expect(cutOff.flatMap((process) => process.applied)).toEqual([]);
});

test('a row that is never answered frees its place when its claim expires', async () => {
  const { start, append } = await newTable();
  await append('1-hangs');
  const { applied } = start({ concurrency: 1, claimMs: 200 }, ({ id }) =>
    id === '1-hangs' ? never() : Promise.resolve(),
  );
  await eventually(() => expect(applied).toEqual(['1-hangs']));
  await append('2-next');
  await eventually(() => expect(applied).toContain('2-next'));
});

test('pending rows and the age of the oldest are reported by the clock of the database', async () => {
  const { table, start, append } = await newTable();
  await append('older', 'newer');
  await knex(table)
    .where({ id: 'older' })
    .update({ pending_since: knex.raw("clock_timestamp() - interval '1 hour'") });
  const { looks, outbox } = start({ concurrency: 1 }, never);
  await eventually(() => expect(looks.at(-1)).toMatchObject({ pending: 2, dispatched: 0 }));
  expect(looks.at(-1)!.lagMs).toBeGreaterThanOrEqual(3_600_000);
  for (const id of ['older', 'newer']) outbox.markApplied(id);
  await eventually(() => expect(looks.at(-1)).toMatchObject({ pending: 0, lagMs: 0 }));
});
