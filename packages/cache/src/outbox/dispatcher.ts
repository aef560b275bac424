import type { OutboxDispatch, OutboxRow } from '../protocol/outbox.ts';
import { createErrorReports } from './error-reports.ts';
import { createPause } from './pause.ts';
import { settleWithin } from './settle-within.ts';
import type { Settlements } from './settlements.ts';
import type { ClaimedRow, Statements } from './statements.ts';

interface DispatcherOptions {
  statements: Statements;
  settlements: Settlements;
  dispatch: OutboxDispatch;
  reportDatabaseError(error: unknown): void;
  pollMs: number;
  claimMs: number;
  concurrency: number;
  now(): number;
  random(): number;
}

export interface Dispatcher {
  replay(): void;
  /** Resolves when nothing is under way any more; it may take as long as Postgres and the store do. */
  stop(): Promise<void>;
}

/** While Postgres is away, looks become as rare as this, unless the interval itself is longer. */
const MAX_OUTAGE_POLL_MS = 1000;
const PURGE_INTERVAL_MS = 5000;
const MIN_RETRY_MS = 250;
/**
 * Attempts count across processes, so a row may reach this by the failures of one isolated process. It
 * must stay due soon for the others: they apply it well within 10 s.
 */
const MAX_RETRY_MS = 1000;

/**
 * Applies rows that their writers left behind. Rows are claimed by moving their due time, not by a
 * lock: no transaction stays open during a call to the store, and the claim of a process that died
 * expires. There is no position in the table to resume from: commits do not arrive in the order of any
 * column, and a row that arrives late would be passed over.
 */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { statements, settlements, dispatch, pollMs, claimMs, concurrency, now, random } = options;
  const reportApplyError = createErrorReports((error) => {
    if (!signal.aborted) dispatch.onError(error);
  }, now);
  const pause = createPause();
  const applying = new Set<Promise<boolean>>();
  const stopping = new AbortController();
  const { signal } = stopping;
  let replayRequested = false;
  let dispatched = 0;
  let purgeAt = now() + PURGE_INTERVAL_MS * random();

  // Half of it to one and a half times: processes that started together drift apart.
  const jittered = (ms: number) => ms * (0.5 + random());

  async function run(): Promise<void> {
    let failures = 0;
    await pause.wait(pollMs * random());
    while (!signal.aborted) {
      try {
        await takeTurn();
        failures = 0;
      } catch (error) {
        failures += 1;
        options.reportDatabaseError(error);
      }
      await pause.wait(jittered(pollDelayMs(failures)));
    }
  }

  function pollDelayMs(failures: number): number {
    return Math.min(pollMs * 2 ** failures, Math.max(pollMs, MAX_OUTAGE_POLL_MS));
  }

  async function takeTurn(): Promise<void> {
    if (replayRequested) await replayAll();
    await lookAndApply();
    if (now() >= purgeAt && !signal.aborted) {
      const hasMore = await statements.purge();
      purgeAt = hasMore ? now() : now() + jittered(PURGE_INTERVAL_MS);
    }
  }

  async function lookAndApply(): Promise<void> {
    const limit = dispatch.canApply() ? concurrency - applying.size : 0;
    const { pending, lagMs, claimed } = await statements.look(limit);
    if (!signal.aborted) {
      dispatch.onLook({ pending, lagMs, dispatched });
      dispatched = 0;
    }
    const batch = claimed.map(startApplying);
    if (limit > 0 && batch.length === limit) {
      // There may be more: look again as soon as these are done. Not if all failed, which they
      // would do again, as fast as Postgres lets them.
      void Promise.all(batch).then((outcomes) => outcomes.includes(true) && pause.wake());
    }
  }

  function startApplying(row: ClaimedRow): Promise<boolean> {
    const applied = apply(row).finally(() => applying.delete(applied));
    applying.add(applied);
    return applied;
  }

  async function apply({ id, targets, attempts, replays }: ClaimedRow): Promise<boolean> {
    try {
      const row = { id, targets: JSON.parse(targets) as OutboxRow['targets'] };
      // After its claim has expired, a row belongs to another attempt: this one frees its place.
      await settleWithin(dispatch.apply(row), claimMs, 'an outbox row');
      settlements.add({ id, replays, retryMs: null });
      dispatched += 1;
      return true;
    } catch (error) {
      reportApplyError(error);
      settlements.add({ id, replays, retryMs: jittered(retryDelayMs(attempts)) });
      return false;
    }
  }

  async function replayAll(): Promise<void> {
    replayRequested = false;
    try {
      // In steps, each within a statement's time limit. Ids are random and rows that arrive
      // meanwhile need no replay, so a position is safe here.
      let last: string | undefined = '';
      while (last !== undefined && !signal.aborted) last = await statements.replayAfter(last);
    } catch (error) {
      replayRequested = true;
      throw error;
    }
  }

  const running = run();
  return {
    replay() {
      replayRequested = true;
      pause.wake();
    },
    async stop() {
      stopping.abort();
      pause.wake();
      await running;
      await Promise.all(applying);
    },
  };
}

function retryDelayMs(attempts: number): number {
  return Math.min(MIN_RETRY_MS * 2 ** (attempts - 1), MAX_RETRY_MS);
}
