import { DEFAULT_TABLE, quotedTable } from './table.ts';

/** Statements for the service's own migration tool. No parameters, and no question marks. */
export interface OutboxMigration {
  up: string;
  down: string;
}

/**
 * Creates the outbox's table, and drops it. The role that the service connects as needs select,
 * insert, update and delete on it, and no more.
 *
 * @param schema default: the first of the search path
 *
 * @example
 * const outbox = outboxMigration();
 * await knex.raw(outbox.up);
 */
export function outboxMigration(table = DEFAULT_TABLE, schema?: string): OutboxMigration {
  const name = quotedTable(table, schema);
  return {
    // json, not jsonb: a key may hold characters that jsonb refuses, and nothing searches in it.
    // Each row is updated once or twice and deleted: without early vacuums the claims would step
    // over the dead index entries of all earlier rows.
    up: `
      create table ${name} (
        id text collate "C" primary key,
        targets json not null,
        pending_since timestamptz not null default clock_timestamp(),
        due_at timestamptz not null,
        applied_at timestamptz,
        attempts integer not null default 0,
        replays integer not null default 0
      ) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
      create index "${table}_due" on ${name} (due_at) where applied_at is null;
      create index "${table}_pending" on ${name} (pending_since) where applied_at is null;
      create index "${table}_applied" on ${name} (applied_at) where applied_at is not null;
    `,
    down: `drop table ${name}`,
  };
}
