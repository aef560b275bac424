import { expect, test } from 'vitest';

import { CacheUsageError } from '../errors.ts';
import type { SqlDatabase, SqlRunner } from './database.ts';
import { outboxMigration } from './migration.ts';
import { postgresOutbox } from './postgres-outbox.ts';

const db: SqlDatabase<SqlRunner> = {
  raw: async () => ({ rows: [] }),
  transaction: (work) => work(db),
};

test('every option that is wrong is named at once', () => {
  const options = { db, pollMs: 0, windowMs: -1, concurrency: 1.5, poolMs: 10 };
  expect(() => postgresOutbox(options)).toThrow(
    /no option "poolMs"; pollMs must be .*; windowMs must be .*; concurrency must be/,
  );
});

test.each(['', '1st', 'a b', 'a"b', 'what?', ':name', 'post.outbox', 'x'.repeat(49)])(
  'the name %j is refused for a table',
  (table) => {
    expect(() => postgresOutbox({ db, table })).toThrow(CacheUsageError);
    expect(() => outboxMigration(table)).toThrow(CacheUsageError);
  },
);

test('a migration has no question mark, which Knex would take for a binding', () => {
  const { up, down } = outboxMigration('invalidations', 'post');
  expect(up + down).not.toContain('?');
  expect(down).toContain('"post"."invalidations"');
});

test('a write with too many targets is refused before its row is inserted', async () => {
  const outbox = postgresOutbox({ db, maxTargets: 1 });
  const targets = [
    { kind: 'tag', tag: 'a' },
    { kind: 'tag', tag: 'b' },
  ] as const;
  await expect(outbox.append(db, { id: '1', targets })).rejects.toThrow(/use a tag/);
});

test('an outbox is started once', () => {
  const outbox = postgresOutbox({ db });
  const dispatch = { canApply: () => true, apply: async () => {}, onLook() {}, onError() {} };
  outbox.start(dispatch);
  expect(() => outbox.start(dispatch)).toThrow(CacheUsageError);
  return outbox.close();
});
