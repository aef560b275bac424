import { CacheUsageError } from '../errors.ts';
import {
  assertNoProblems,
  rangeProblems,
  timerMs,
  unknownOptionProblems,
  type Range,
} from '../option-ranges.ts';
import type { Outbox, OutboxDispatch } from '../protocol/outbox.ts';
import { mayHaveCommitted } from './database-errors.ts';
import type { SqlDatabase, SqlRunner } from './database.ts';
import { createDispatcher, type Dispatcher } from './dispatcher.ts';
import { createErrorReports } from './error-reports.ts';
import { settleWithin } from './settle-within.ts';
import { createSettlements } from './settlements.ts';
import { createStatements } from './statements.ts';
import { DEFAULT_TABLE, quotedTable } from './table.ts';

export interface PostgresOutboxOptions<Tx extends SqlRunner> {
  /**
   * The pool of the database that holds the data; a Knex instance fits. Give it time-outs for
   * connecting and for queries: without an own limit, a statement is given up after 10 s.
   */
  db: SqlDatabase<Tx>;
  /** Made by `outboxMigration`. Default `cache_outbox`. */
  table?: string;
  /** Needed behind a transaction pooler. Default: the connection's search path decides. */
  schema?: string;
  /** Between two looks for rows, give or take half. Default 250 ms. */
  pollMs?: number;
  /** How long a writer has to invalidate and mark its own row before others do. Default 1,000 ms. */
  graceMs?: number;
  /**
   * How long a process may take to apply a row that it claimed; if it dies, another one takes over
   * after this. Default 3,000 ms.
   */
  claimMs?: number;
  /** How long applied rows are kept, to be replayed when the store is replaced. Default 60,000 ms. */
  windowMs?: number;
  /** Rows that this process applies at a time, and the most that one look claims. Default 64. */
  concurrency?: number;
  /** The most targets of one write; beyond it, a tag is the better target. Default 1,000. */
  maxTargets?: number;
  /** A monotonic clock in milliseconds. */
  now?: () => number;
  /** From 0 up to 1, for jitter. */
  random?: () => number;
}

const RANGES = {
  pollMs: timerMs(1),
  graceMs: timerMs(0),
  claimMs: timerMs(1),
  windowMs: { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true },
  concurrency: { min: 1, max: 10_000, integer: true },
  maxTargets: { min: 1, max: 100_000, integer: true },
} satisfies Record<string, Range>;
const KNOWN = new Set([...Object.keys(RANGES), 'db', 'table', 'schema', 'now', 'random']);

/** Marks and rows under way get this long when the outbox is closed. */
const CLOSE_TIMEOUT_MS = 1000;

/**
 * An outbox in Postgres: a row in the transaction of each write, applied by its writer or, failing
 * that, by whichever process sees it first. Every process polls; an idle one costs an indexed query
 * in each interval. Rows are applied at least once, in no particular order, which is enough for
 * invalidations.
 *
 * @throws CacheUsageError that lists every option that is wrong
 *
 * @example
 * const cache = createCache({ store, keys, outbox: postgresOutbox({ db: knex, schema: 'post' }) });
 */
export function postgresOutbox<Tx extends SqlRunner>(
  options: PostgresOutboxOptions<Tx>,
): Outbox<Tx> {
  const { statements, dispatcherSettings, maxTargets, now } = resolve(options);
  let dispatch: OutboxDispatch | undefined;
  let dispatcher: Dispatcher | undefined;
  let closing: Promise<void> | undefined;
  const reportDatabaseError = createErrorReports((error) => {
    if (closing === undefined) dispatch?.onError(error);
  }, now);
  const settlements = createSettlements({ write: statements.settle, onError: reportDatabaseError });

  async function finish(): Promise<void> {
    // At once, for the rows already applied: the dispatcher may be waiting for a slow store.
    await Promise.all([settlements.flush(), dispatcher?.stop()]);
    await settlements.flush();
  }

  return {
    async append(tx, row) {
      if (row.targets.length > maxTargets) {
        throw new CacheUsageError(
          `a write invalidates ${row.targets.length} targets, the most is ${maxTargets}: use a tag`,
        );
      }
      await statements.insert(tx, row);
    },
    markApplied(id) {
      if (closing === undefined) settlements.add({ id, replays: 0, retryMs: null });
    },
    mayHaveCommitted,
    start(newDispatch) {
      if (dispatch !== undefined) throw new CacheUsageError('the outbox was started before');
      dispatch = newDispatch;
      dispatcher = createDispatcher({
        ...dispatcherSettings,
        statements,
        settlements,
        dispatch,
        reportDatabaseError,
        now,
      });
    },
    replay() {
      dispatcher?.replay();
    },
    close() {
      // A row that is not settled in time is applied again by another process.
      closing ??= settleWithin(finish(), CLOSE_TIMEOUT_MS, 'the outbox').catch(() => undefined);
      return closing;
    },
  };
}

function resolve<Tx extends SqlRunner>(options: PostgresOutboxOptions<Tx>) {
  assertNoProblems('postgresOutbox', [
    ...unknownOptionProblems(options, KNOWN),
    ...rangeProblems({ ...options }, RANGES),
    ...(typeof options.db?.raw === 'function' ? [] : ['db must be a Knex instance or the like']),
  ]);
  const { db, claimMs = 3000, graceMs = 1000, windowMs = 60_000 } = options;
  const table = quotedTable(options.table ?? DEFAULT_TABLE, options.schema);
  return {
    statements: createStatements({ db, table, graceMs, claimMs, windowMs }),
    dispatcherSettings: {
      pollMs: options.pollMs ?? 250,
      claimMs,
      concurrency: options.concurrency ?? 64,
      random: options.random ?? Math.random,
    },
    maxTargets: options.maxTargets ?? 1000,
    now: options.now ?? (() => performance.now()),
  };
}
