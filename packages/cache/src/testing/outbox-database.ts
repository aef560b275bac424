import { testDatabase } from '@relay/dev-servers/testing';
import createKnex, { type Knex } from 'knex';
import { afterAll, onTestFinished, vi } from 'vitest';

import { outboxMigration } from '../outbox/migration.ts';
import { postgresOutbox, type PostgresOutboxOptions } from '../outbox/postgres-outbox.ts';
import type { Outbox, OutboxDispatch, OutboxRow } from '../protocol/outbox.ts';

type Options = Partial<PostgresOutboxOptions<Knex.Transaction>>;
type Apply = (row: OutboxRow) => Promise<void>;

/** One process with an outbox, and a record of its dispatcher's calls. */
export interface OutboxProcess {
  outbox: Outbox<Knex.Transaction>;
  /** Ids in the order in which their applications began. */
  applied: string[];
  looks: Parameters<OutboxDispatch['onLook']>[0][];
  errors: unknown[];
}

interface StoredRow {
  id: string;
  targets: unknown;
  applied_at: Date | null;
  attempts: number;
  replays: number;
}

/** Quick enough for a test; each test waits for a condition, not for time. */
const QUICK = { pollMs: 10, graceMs: 0 };

/** A pool of its own on a database, destroyed after the test file. */
export function connectKnex(url: string, config: Knex.Config = {}): Knex {
  const knex = createKnex({
    client: 'pg',
    connection: url,
    pool: { min: 0, max: 10 },
    acquireConnectionTimeout: 2000,
    log: { warn() {}, error() {} },
    ...config,
  });
  pools.push(knex);
  return knex;
}

const pools: Knex[] = [];
afterAll(() => Promise.all(pools.splice(0).map((knex) => knex.destroy())));

/** A database of the test file's own; each test has an outbox table of its own in it. */
export async function outboxDatabase() {
  const url = await testDatabase();
  const knex = connectKnex(url);
  let tables = 0;

  async function newTable() {
    tables += 1;
    const table = `outbox_${tables}`;
    await knex.raw(outboxMigration(table).up);

    /** An outbox that does not dispatch. */
    function create(options: Options = {}): Outbox<Knex.Transaction> {
      const outbox = postgresOutbox({ db: knex, table, ...QUICK, ...options });
      onTestFinished(() => outbox.close());
      return outbox;
    }

    /** An outbox that dispatches, as one process of several would. */
    function start(
      options: Options = {},
      apply: Apply = async () => {},
      canApply = () => true,
    ): OutboxProcess {
      const process: OutboxProcess = {
        outbox: create(options),
        applied: [],
        looks: [],
        errors: [],
      };
      process.outbox.start({
        canApply,
        apply(row) {
          process.applied.push(row.id);
          return apply(row);
        },
        onLook: (look) => void process.looks.push(look),
        onError: (error) => void process.errors.push(error),
      });
      return process;
    }

    return {
      table,
      create,
      start,
      /** Commits a row for each id. */
      async append(...ids: string[]): Promise<void> {
        const outbox = create();
        await knex.transaction(async (tx) => {
          for (const id of ids) await outbox.append(tx, { id, targets: targetsOf(id) });
        });
      },
      rows: (): Promise<StoredRow[]> => knex<StoredRow>(table).orderBy('id'),
    };
  }
  return { url, knex, newTable };
}

export function targetsOf(id: string): OutboxRow['targets'] {
  return [{ kind: 'key', key: `posts:id:${id}` }];
}

/** Waits until an assertion holds. */
export function eventually(assertion: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(assertion, { timeout: 20_000, interval: 10 });
}
