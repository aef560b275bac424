import { MessageChannel } from 'node:worker_threads';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { CacheUsageError } from '../errors.ts';
import { withDeadline } from './deadline.ts';

describe('a deadline', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('passes on what the work resolves with, and leaves no timer behind', async () => {
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

  it('keeps what the work failed with as the cause', async () => {
    const cause = new Error('ECONNREFUSED');
    await expect(withDeadline(Promise.reject(cause), 100)).rejects.toMatchObject({
      name: 'CacheStoreError',
      failure: 'error',
      cause,
    });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not call the caller's mistake a failure of the store", async () => {
    const mistake = new CacheUsageError('a bad key');
    await expect(withDeadline(Promise.reject(mistake), 100)).rejects.toBe(mistake);
  });

  it('takes no notice of a failure that comes too late', async () => {
    const { promise, reject } = Promise.withResolvers<never>();
    const failure = withDeadline(promise, 100).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(100);
    reject(new Error('too late'));
    await expect(promise).rejects.toThrow('too late');
    expect(await failure).toMatchObject({ failure: 'timeout' });
  });
});

it('counts an answer that arrived in time, though this process was too busy to read it', async () => {
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
