import { MessageChannel } from 'node:worker_threads';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { CacheUsageError } from '../errors.ts';
import { withDeadline } from './deadline.ts';

describe('a deadline', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it('returns the result of the work, and leaves no timer behind', async () => {
    expect(await withDeadline(Promise.resolve('done'), 100)).toBe('done');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends the wait for work that never ends', async () => {
    const failure = withDeadline(new Promise(() => {}), 100).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(100);
    expect(await failure).toMatchObject({
      name: 'CacheStoreError',
      failure: 'timeout',
      message: expect.stringContaining('100 ms'),
    });
  });

  it('keeps the rejection of the work as the cause', async () => {
    const cause = new Error('ECONNREFUSED');
    await expect(withDeadline(Promise.reject(cause), 100)).rejects.toMatchObject({
      name: 'CacheStoreError',
      failure: 'error',
      cause,
    });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('rejects with a usage error as it is', async () => {
    const mistake = new CacheUsageError('a bad key');
    await expect(withDeadline(Promise.reject(mistake), 100)).rejects.toBe(mistake);
  });

  it('ignores a rejection after the timeout', async () => {
    const { promise, reject } = Promise.withResolvers<never>();
    const failure = withDeadline(promise, 100).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(100);
    reject(new Error('too late'));
    await expect(promise).rejects.toThrow('too late');
    expect(await failure).toMatchObject({ failure: 'timeout' });
  });

  it('longer than a timer can be does not expire at once', async () => {
    const settled = vi.fn<() => void>();
    void withDeadline(new Promise(() => {}), 2 ** 31).then(settled, settled);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(settled).not.toHaveBeenCalled();
  });

  it('gives the answer the time of a stall of this process, once', async () => {
    const settled = vi.fn<(error: unknown) => void>();
    withDeadline(new Promise(() => {}), 100).catch(settled);
    stallUntilTimersAreLateBy(80);
    await vi.advanceTimersByTimeAsync(100);
    await vi.advanceTimersByTimeAsync(79);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(settled).toHaveBeenCalledOnce();
  });

  it('returns an answer that arrives in the time after a stall', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const work = withDeadline(promise, 100);
    stallUntilTimersAreLateBy(5000);
    await vi.advanceTimersByTimeAsync(100);
    resolve('read late, answered in time');
    expect(await work).toBe('read late, answered in time');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is at most doubled by a stall', async () => {
    const failure = withDeadline(new Promise(() => {}), 100).catch((error: unknown) => error);
    stallUntilTimersAreLateBy(5000);
    await vi.advanceTimersByTimeAsync(200);
    expect(await failure).toMatchObject({ failure: 'timeout' });
  });
});

it('returns an answer that arrived in time, though this process was too busy to read it', async () => {
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise<string>((resolve) => {
    port1.once('message', resolve);
  });
  const work = withDeadline(answer, 1);
  port2.postMessage('there all along');
  const until = performance.now() + 20;
  while (performance.now() < until);
  expect(await work).toBe('there all along');
  port1.close();
});

/** From here on the clock shows more than the timers have run, as after a blocked event loop. */
function stallUntilTimersAreLateBy(lateMs: number): void {
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + lateMs);
}
