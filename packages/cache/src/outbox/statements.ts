import type { OutboxRow } from '../protocol/outbox.ts';
import type { SqlRunner } from './database.ts';
import { settleWithin } from './settle-within.ts';

/** A row that this process may apply until its claim expires. */
export interface ClaimedRow {
  id: string;
  /** JSON. */
  targets: string;
  /** How often it has been claimed since it became pending, this time included. */
  attempts: number;
  /** How often it has been replayed: see `Settlement`. */
  replays: number;
}

export interface Look {
  /** Rows not applied yet, in the whole table, counted up to 100,000. */
  pending: number;
  /** Age of the oldest of them by the database's clock, 0 if there is none. */
  lagMs: number;
  claimed: ClaimedRow[];
}

/** How an attempt to apply a row ended. */
export interface Settlement {
  id: string;
  /**
   * The row's replays when the attempt began. After a replay the attempt may have reached the store
   * that was replaced, so the settlement does not count.
   */
  replays: number;
  /** Null: applied. Else not, and the next attempt may follow after this long. */
  retryMs: number | null;
}

/** The outbox in SQL. Each method is one statement, so none leaves a transaction open. */
export interface Statements {
  insert(tx: SqlRunner, row: OutboxRow): Promise<void>;
  /** Claims at most `limit` rows that are due, and counts those that are pending. */
  look(limit: number): Promise<Look>;
  settle(settlements: readonly Settlement[]): Promise<void>;
  /** Deletes rows after the end of their replay window. True: there may be more. */
  purge(): Promise<boolean>;
  /** Makes the next rows after this id pending again. Returns the last one's id, undefined at the end. */
  replayAfter(id: string): Promise<string | undefined>;
}

interface StatementSettings {
  db: SqlRunner;
  /** Quoted. */
  table: string;
  graceMs: number;
  claimMs: number;
  windowMs: number;
}

const COUNT_LIMIT = 100_000;
const PURGE_BATCH = 1000;
const REPLAY_BATCH = 2000;

/**
 * Processes notice a replaced store one after the other, and each replays. A row that was replayed less
 * than this ago is applied once more after it, however many processes request it.
 */
const REPLAY_SPACING_MS = 2000;

/** The names in comments of the statements, for metrics and `pg_stat_statements`. */
export const OUTBOX_QUERIES: readonly string[] = [
  'outbox.insert',
  'outbox.look',
  'outbox.settle',
  'outbox.purge',
  'outbox.replay',
];

/** Past this a statement of the dispatcher counts as failed, should the pool itself set no limit. */
const STATEMENT_TIMEOUT_MS = 10_000;

export function createStatements(settings: StatementSettings): Statements {
  const { db, graceMs, claimMs, windowMs } = settings;
  const sql = statementTexts(settings.table);

  async function run<Row>(text: string, bindings: (string | number)[]): Promise<Row[]> {
    const result = await settleWithin(db.raw(text, bindings), STATEMENT_TIMEOUT_MS, 'Postgres');
    return result.rows as Row[];
  }

  return {
    async insert(tx, { id, targets }) {
      await tx.raw(sql.insert, [id, JSON.stringify(targets), graceMs]);
    },
    async look(limit) {
      const rows = await run<LookRow>(sql.look, [limit, claimMs]);
      const { pending = 0, lag_ms: lagMs = 0 } = rows[0] ?? {};
      return { pending, lagMs, claimed: rows.filter(isClaimed) };
    },
    async settle(settlements) {
      await run(sql.settle, [JSON.stringify(settlements)]);
    },
    async purge() {
      const [purged] = await run<{ count: number }>(sql.purge, [windowMs, PURGE_BATCH]);
      return purged?.count === PURGE_BATCH;
    },
    async replayAfter(id) {
      const bindings = [id, REPLAY_BATCH, REPLAY_SPACING_MS];
      const [replayed] = await run<{ last: string | null }>(sql.replay, bindings);
      return replayed?.last ?? undefined;
    },
  };
}

/** The counts are repeated in each row; without a claim there is one row, with the id null. */
type LookRow = { pending: number; lag_ms: number } & (ClaimedRow | { id: null });

function isClaimed(row: LookRow): row is LookRow & ClaimedRow {
  return row.id !== null;
}

// Every statement but the replay skips rows that another one has locked, so none waits and no two
// can deadlock. `statement_timestamp()` where an index is searched, which `clock_timestamp()`,
// being volatile, would prevent. `materialized`, or a join might run a locking query repeatedly and
// claim more than its limit.
// The name comes after the first word, by which OpenTelemetry names the span.
function statementTexts(table: string) {
  const ms = "::float8 * interval '1 millisecond'";
  return {
    insert: `
      insert /* outbox.insert */ into ${table} (id, targets, due_at)
      values (?, ?::json, clock_timestamp() + ?${ms})`,

    look: `
      with /* outbox.look */ due as materialized (
        select id from ${table}
        where applied_at is null and due_at <= statement_timestamp()
        order by due_at limit ?::integer for update skip locked
      ), claimed as (
        update ${table} as entry
        set due_at = clock_timestamp() + ?${ms}, attempts = entry.attempts + 1
        from due where entry.id = due.id
        returning entry.id, entry.targets::text as targets, entry.attempts, entry.replays
      ), waiting as (
        select
          (select count(*)::integer from (
            select from ${table} where applied_at is null limit ${COUNT_LIMIT}
          ) as counted) as pending,
          (select min(pending_since) from ${table} where applied_at is null) as since
      )
      select waiting.pending, claimed.*,
        coalesce(greatest(0, 1000 * extract(epoch from statement_timestamp() - waiting.since)), 0)::float8
          as lag_ms
      from waiting left join claimed on true`,

    settle: `
      with /* outbox.settle */ settled as materialized (
        select entry.id, settlement."retryMs" as retry_ms
        from ${table} as entry
        join json_to_recordset(?::json) as settlement(id text, replays integer, "retryMs" float8)
          on settlement.id = entry.id and settlement.replays = entry.replays
        where entry.applied_at is null
        for update of entry skip locked
      )
      update ${table} as entry
      set applied_at = case when retry_ms is null then clock_timestamp() end,
        due_at = case when retry_ms is null then due_at
          else clock_timestamp() + retry_ms * interval '1 millisecond' end
      from settled where entry.id = settled.id`,

    purge: `
      with /* outbox.purge */ expired as materialized (
        select id from ${table}
        where applied_at < statement_timestamp() - ?${ms}
        order by applied_at limit ?::integer for update skip locked
      ), deleted as (
        delete from ${table} as entry using expired where entry.id = expired.id
      )
      select count(*)::integer as count from expired`,

    // Waits for locks: no row may be left out. Two replays take them in the same order.
    replay: `
      with /* outbox.replay */ replayed as materialized (
        select id from ${table} where id > ? order by id limit ?::integer for update
      ), updated as (
        update ${table} as entry
        set replays = entry.replays + 1,
          applied_at = null,
          attempts = case when applied_at is null then attempts else 0 end,
          pending_since = case when applied_at is null then pending_since else clock_timestamp() end,
          due_at = case
            when applied_at is null then due_at
            when entry.replays = 0 then clock_timestamp()
            else greatest(clock_timestamp(), pending_since + ?${ms}) end
        from replayed where entry.id = replayed.id
      )
      select max(id) as last from replayed`,
  };
}
