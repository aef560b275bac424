import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { createPause } from './pause.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a pause lasts for the given time', async () => {
  const ended = vi.fn<() => void>();
  void createPause().wait(100).then(ended);
  await vi.advanceTimersByTimeAsync(99);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(ended).toHaveBeenCalledOnce();
});

test('a wake ends the pause, and leaves no timer', async () => {
  const pause = createPause();
  const wait = pause.wait(100);
  pause.wake();
  await wait;
  expect(vi.getTimerCount()).toBe(0);
});

test('a wake before the pause ends it, and the one after it lasts', async () => {
  const pause = createPause();
  pause.wake();
  await pause.wait(100);
  void pause.wait(100);
  expect(vi.getTimerCount()).toBe(1);
});
