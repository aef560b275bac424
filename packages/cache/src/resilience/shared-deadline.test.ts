import { setImmediate as turn } from 'node:timers/promises';

import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { createSharedDeadline } from './shared-deadline.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Advances the clock, and runs the due timers. */
async function advance(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await turn();
}

it('expires each wait after the same time, in order, on one timer', async () => {
  const deadline = createSharedDeadline(100);
  const expired: string[] = [];
  deadline.start(() => expired.push('first'));
  await advance(40);
  deadline.start(() => expired.push('second'));
  expect(vi.getTimerCount()).toBe(1);
  await advance(59);
  expect(expired).toEqual([]);
  await advance(1);
  expect(expired).toEqual(['first']);
  await advance(39);
  expect(expired).toEqual(['first']);
  await advance(1);
  expect(expired).toEqual(['first', 'second']);
  expect(vi.getTimerCount()).toBe(0);
});

it('never expires a wait that is settled', async () => {
  const deadline = createSharedDeadline(100);
  const expire = vi.fn<() => void>();
  const waits = Array.from({ length: 5000 }, () => deadline.start(expire));
  for (const wait of waits) wait.settled = true;
  const late = vi.fn<() => void>();
  deadline.start(late);
  await advance(100);
  expect(expire).not.toHaveBeenCalled();
  expect(late).toHaveBeenCalledOnce();
});

it('gives all answers the time of a stall of this process, once', async () => {
  const deadline = createSharedDeadline(100);
  const expire = vi.fn<() => void>();
  deadline.start(expire);
  deadline.start(expire);
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + 80);
  await advance(100);
  await advance(79);
  expect(expire).not.toHaveBeenCalled();
  await advance(1);
  expect(expire).toHaveBeenCalledTimes(2);
});

it('expires waits under way when it is closed, and leaves no timer behind', async () => {
  const deadline = createSharedDeadline(100);
  const expire = vi.fn<() => void>();
  deadline.start(expire);
  deadline.close();
  expect(expire).toHaveBeenCalledOnce();
  deadline.start(expire);
  expect(vi.getTimerCount()).toBe(0);
  await turn();
  expect(expire).toHaveBeenCalledTimes(2);
});
