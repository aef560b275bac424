import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { OutboxDispatch } from '../protocol/outbox.ts';
import { createDispatcher } from './dispatcher.ts';
import type { ClaimedRow, Settlement, Statements } from './statements.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a row that failed many times, here or elsewhere, is due again within a second', async () => {
  const { settled, run } = setUp([
    row({ id: 'new', attempts: 1 }),
    row({ id: 'old', attempts: 30 }),
  ]);
  await run(async () => Promise.reject(new Error('no connection')));
  expect(settled).toEqual([
    { id: 'new', replays: 0, retryMs: 250 },
    { id: 'old', replays: 0, retryMs: 1000 },
  ]);
});

test('a process without the store claims nothing, and still looks', async () => {
  const { limits, looks, run, setCanApply } = setUp([row({ id: 'write' })]);
  setCanApply(false);
  const applied = vi.fn<OutboxDispatch['apply']>(async () => undefined);
  await run(applied);
  expect(limits).toEqual([0]);
  expect(looks).toEqual([{ pending: 1, lagMs: 7, dispatched: 0 }]);
  expect(applied).not.toHaveBeenCalled();

  setCanApply(true);
  await vi.advanceTimersByTimeAsync(POLL_MS);
  expect(limits).toEqual([0, 64]);
  expect(applied).toHaveBeenCalledOnce();
});

const POLL_MS = 250;

/** A dispatcher over a table in which these rows are due. */
function setUp(rows: readonly ClaimedRow[]) {
  const due = [...rows];
  const limits: number[] = [];
  const settled: Settlement[] = [];
  const looks: unknown[] = [];
  let canApply = true;
  const statements: Statements = {
    insert: async () => undefined,
    async look(limit) {
      limits.push(limit);
      return { pending: due.length, lagMs: 7, claimed: due.splice(0, limit) };
    },
    settle: async () => undefined,
    purge: async () => false,
    replayAfter: async () => undefined,
  };
  return {
    limits,
    settled,
    looks,
    setCanApply: (value: boolean) => void (canApply = value),
    /** Starts the dispatcher and lets it take its first turn. */
    async run(apply: OutboxDispatch['apply']): Promise<void> {
      createDispatcher({
        statements,
        settlements: {
          add: (settlement) => settled.push(settlement),
          flush: async () => undefined,
        },
        dispatch: {
          canApply: () => canApply,
          apply,
          onLook: (look) => looks.push(look),
          onError: () => undefined,
        },
        reportDatabaseError: (error) => expect.fail(String(error)),
        pollMs: POLL_MS,
        claimMs: 3000,
        concurrency: 64,
        now: () => performance.now(),
        random: () => 0.5,
      });
      await vi.advanceTimersByTimeAsync(POLL_MS / 2);
    },
  };
}

function row(fields: Partial<ClaimedRow>): ClaimedRow {
  return { id: 'row', targets: '[]', attempts: 1, replays: 0, ...fields };
}
