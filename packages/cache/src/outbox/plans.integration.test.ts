import { expect, test } from 'vitest';

import { outboxDatabase } from '../testing/outbox-database.ts';
import type { SqlRunner } from './database.ts';
import { createStatements, type Statements } from './statements.ts';

const { knex, newTable } = await outboxDatabase();
const { table } = await newTable();
await knex.raw(`
  insert into ${table} (id, targets, due_at, applied_at)
  select gen_random_uuid(), '[]', now(), case when n > 50 then now() end
  from generate_series(1, 20000) as n`);
await knex.raw(`analyze ${table}`);

test.each<[string, (statements: Statements) => Promise<unknown>]>([
  ['a look', (statements) => statements.look(64)],
  ['a settlement', (statements) => statements.settle([{ id: 'write', replays: 0, retryMs: null }])],
  ['a purge', (statements) => statements.purge()],
])('%s never reads the whole table', async (_name, run) => {
  const plan: string[] = [];
  const explaining: SqlRunner = {
    async raw(sql, bindings) {
      const result = await knex.raw<{ rows: { 'QUERY PLAN': string }[] }>(
        `explain ${sql}`,
        bindings,
      );
      plan.push(...result.rows.map((row) => row['QUERY PLAN']));
      return { rows: [] };
    },
  };
  const limits = { graceMs: 1000, claimMs: 3000, windowMs: 60_000 };
  await run(createStatements({ db: explaining, table, ...limits }));
  expect(plan.join('\n')).toMatch(/Index (Only )?Scan using/);
  expect(plan.join('\n')).not.toContain(`Seq Scan on ${table}`);
});
