import type { Knex } from 'knex';
import { expectTypeOf, test } from 'vitest';

import type { Outbox, Transactor } from '../protocol/outbox.ts';
import type { SqlDatabase } from './database.ts';
import type { postgresOutbox } from './postgres-outbox.ts';

// Only its type is used: the compiler is the test.
const fromKnex = (create: typeof postgresOutbox, db: Knex) => create({ db });

test('a Knex instance fits, and its transactions keep their type', () => {
  expectTypeOf<Knex>().toExtend<SqlDatabase<Knex.Transaction>>();
  expectTypeOf<Knex>().toExtend<Transactor<Knex.Transaction>>();
  // Inferred from `db`, so that the work of a `mutate` can query with it.
  expectTypeOf(fromKnex).returns.toEqualTypeOf<Outbox<Knex.Transaction>>();
});
