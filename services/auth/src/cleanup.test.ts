import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { startCleanup, type CleanedTable, type ExpiredRows } from './cleanup.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const NOW = new Date('2026-01-01T12:00:00Z');
const A_MINUTE_AGO = new Date('2026-01-01T11:59:00Z');
const NINETY_DAYS_AGO = new Date('2025-10-03T12:00:00Z');
const PERIOD_MS = 600_000;

function setUp({ tokens = 0, sessions = 0, removed = 0, random = 0.5 } = {}) {
  const left = { tokens, sessions, removed };
  const calls: [what: string, before: Date][] = [];
  const deleted: [CleanedTable, number][] = [];
  const failures: unknown[] = [];
  const take = (what: keyof typeof left, before: Date, limit: number) => {
    calls.push([what, before]);
    const rows = Math.min(left[what], limit);
    left[what] -= rows;
    return rows;
  };
  const expired = {
    deleteRefreshTokens: vi.fn<ExpiredRows['deleteRefreshTokens']>(async (before, limit) =>
      take('tokens', before, limit),
    ),
    deleteSessions: vi.fn<ExpiredRows['deleteSessions']>(async (before, limit) =>
      take('sessions', before, limit),
    ),
    deleteRemovedUsers: vi.fn<ExpiredRows['deleteRemovedUsers']>(async (before, limit) =>
      take('removed', before, limit),
    ),
  };
  const cleanup = startCleanup({
    expired,
    clock: () => NOW,
    random: () => random,
    periodMs: PERIOD_MS,
    onDeleted: (table, rows) => deleted.push([table, rows]),
    onFailed: (error) => failures.push(error),
  });
  return { cleanup, expired, left, calls, deleted, failures };
}

test('deletes tokens and sessions that expired a minute ago, and removals of 90 days ago', async () => {
  const { calls } = setUp();
  await vi.advanceTimersByTimeAsync(PERIOD_MS);
  expect(calls).toEqual([
    ['tokens', A_MINUTE_AGO],
    ['sessions', A_MINUTE_AGO],
    ['removed', NINETY_DAYS_AGO],
  ]);
});

test('deletes batch after batch until nothing is left, and reports the rows of each', async () => {
  const { left, deleted } = setUp({ tokens: 2500, sessions: 1000, removed: 7 });
  await vi.advanceTimersByTimeAsync(PERIOD_MS);
  expect(left).toEqual({ tokens: 0, sessions: 0, removed: 0 });
  expect(deleted).toEqual([
    ['refresh_tokens', 1000],
    ['refresh_tokens', 1000],
    ['refresh_tokens', 500],
    ['sessions', 1000],
    ['sessions', 0],
    ['removed_users', 7],
  ]);
});

test('one run is bounded, the next continues', async () => {
  const { left } = setUp({ tokens: 250_000 });
  await vi.advanceTimersByTimeAsync(PERIOD_MS);
  expect(left.tokens).toBe(50_000);
  await vi.advanceTimersByTimeAsync(PERIOD_MS);
  expect(left.tokens).toBe(0);
});

test.each([
  [0, PERIOD_MS / 2],
  [1, PERIOD_MS * 1.5],
])('pods pass at different times: a random %s waits %s ms', async (random, waitMs) => {
  const { calls } = setUp({ random });
  await vi.advanceTimersByTimeAsync(waitMs - 1);
  expect(calls).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(calls).toHaveLength(3);
});

test('reports a failure, and tries again at the next time', async () => {
  const { expired, failures, left } = setUp({ tokens: 1 });
  const lost = new Error('connection lost');
  expired.deleteRefreshTokens.mockRejectedValueOnce(lost);
  await vi.advanceTimersByTimeAsync(PERIOD_MS);
  expect(failures).toEqual([lost]);
  await vi.advanceTimersByTimeAsync(PERIOD_MS);
  expect(left.tokens).toBe(0);
});

test('a stop waits for the batch under way, and begins no other', async () => {
  const { cleanup, expired, calls } = setUp({ tokens: 5000 });
  const batch = Promise.withResolvers<number>();
  expired.deleteRefreshTokens.mockReturnValueOnce(batch.promise);
  await vi.advanceTimersByTimeAsync(PERIOD_MS);
  let stopped = false;
  const stop = cleanup.stop().then(() => (stopped = true));
  await vi.advanceTimersByTimeAsync(0);
  expect(stopped).toBe(false);
  batch.resolve(1000);
  await stop;
  await vi.advanceTimersByTimeAsync(PERIOD_MS * 3);
  expect(calls).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
