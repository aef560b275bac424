import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { createOriginLimit } from './origin-limit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('runs so many at a time, and the others in the order of their arrival', async () => {
  const { start, running, finish } = setUp({ concurrency: 2, queue: 10 });
  for (const name of ['a', 'b', 'c', 'd']) void start(name);
  expect(running()).toEqual(['a', 'b']);
  await finish('b');
  expect(running()).toEqual(['a', 'c']);
  await finish('a');
  expect(running()).toEqual(['c', 'd']);
  void start('e');
  expect(running()).toEqual(['c', 'd']);
});

it('gives a free slot to the first in the queue, not to a newcomer', async () => {
  const { start, running, finish } = setUp({ concurrency: 1, queue: 10 });
  void start('first');
  void start('waiting');
  const finished = finish('first');
  void start('newcomer');
  await finished;
  expect(running()).toEqual(['waiting']);
});

it('rejects at once when the queue is full', async () => {
  const { start, running } = setUp({ concurrency: 1, queue: 1 });
  void start('a');
  void start('b');
  await expect(start('c')).rejects.toMatchObject({ name: 'CacheOverloadedError' });
  expect(running()).toEqual(['a']);
});

it('rejects work that does not start in time, and frees its place in the queue', async () => {
  const { start, running, finish } = setUp({ concurrency: 1, queue: 1, maxWaitMs: 2000 });
  void start('a');
  const late = start('b').catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(2000);
  expect(await late).toMatchObject({ name: 'CacheOverloadedError' });
  void start('c');
  await finish('a');
  expect(running()).toEqual(['c']);
  expect(vi.getTimerCount()).toBe(0);
});

it('loses no slot to works that reject or throw', async () => {
  const limit = createOriginLimit({ concurrency: 1, queue: 10 });
  const failures = [
    limit.run(() => Promise.reject(new Error('rejected'))),
    limit.run(() => {
      throw new Error('thrown');
    }),
  ];
  expect(await Promise.allSettled(failures)).toMatchObject([
    { reason: { message: 'rejected' } },
    { reason: { message: 'thrown' } },
  ]);
  expect(await limit.run(async () => 'a slot is free')).toBe('a slot is free');
});

function setUp(options: Parameters<typeof createOriginLimit>[0]) {
  const limit = createOriginLimit(options);
  const works = new Map<string, () => void>();
  return {
    start: (name: string) =>
      limit.run(() => new Promise<void>((resolve) => works.set(name, resolve))),
    running: () => [...works.keys()],
    async finish(name: string) {
      works.get(name)!();
      works.delete(name);
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}
