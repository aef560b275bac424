import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import type { LoadContext } from '../keys/define-keys.ts';
import { withLoadDeadline } from './load-deadline.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('returns the value of a loader that is in time, and leaves no timer behind', async () => {
  expect(await withLoadDeadline(async () => 'value', 100)).toBe('value');
  expect(vi.getTimerCount()).toBe(0);
});

it('rejects and aborts the signal of a loader that takes too long', async () => {
  let signal: AbortSignal | undefined;
  const failure = withLoadDeadline((context) => {
    ({ signal } = context);
    return new Promise(() => {});
  }, 100).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(99);
  expect(signal!.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  const error = await failure;
  expect(error).toMatchObject({ name: 'CacheLoadTimeoutError' });
  expect(signal!.aborted).toBe(true);
  expect(signal!.reason).toBe(error);
});

it('has an aborted signal for a loader that reads it after the deadline', async () => {
  let context: LoadContext | undefined;
  const failure = withLoadDeadline((given) => {
    context = given;
    return new Promise(() => {});
  }, 100).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(100);
  await failure;
  expect(context!.signal.aborted).toBe(true);
});

it('does not abort the signal of a loader that has returned', async () => {
  let signal: AbortSignal | undefined;
  await withLoadDeadline(async (context) => ({ signal } = context), 100);
  await vi.advanceTimersByTimeAsync(1000);
  expect(signal!.aborted).toBe(false);
});

it.each([
  { how: 'rejects', load: () => Promise.reject(new Error('no database')) },
  {
    how: 'throws',
    load: () => {
      throw new Error('no database');
    },
  },
])('rejects as a loader that $how, and leaves no timer behind', async ({ load }) => {
  await expect(withLoadDeadline(load, 100)).rejects.toThrow('no database');
  expect(vi.getTimerCount()).toBe(0);
});
