import { setImmediate as turn } from 'node:timers/promises';

import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { createUnleasedLoads } from './unleased-loads.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A loader with calls that are ended by hand, each with the number of its call. */
function heldLoader() {
  const calls: PromiseWithResolvers<string>[] = [];
  const load = () => {
    const call = Promise.withResolvers<string>();
    calls.push(call);
    return call.promise;
  };
  return { calls, load };
}

/** The end of a turn of the event loop, in which a load begins. */
const settle = () => turn();

it('gives a caller the load that it began', async () => {
  const { calls, load } = heldLoader();
  const { result, joined } = createUnleasedLoads<string>({ patienceMs: 1000, maxRunning: 2 }).run(
    'a',
    load,
  );
  await settle();
  calls[0]!.resolve('value');
  expect([await result, joined]).toEqual(['value', false]);
});

it('never lets a caller join a load that began before its call', async () => {
  const { calls, load } = heldLoader();
  const loads = createUnleasedLoads<string>({ patienceMs: 1000, maxRunning: 2 });
  const first = loads.run('a', load);
  await settle();
  const second = loads.run('a', load);
  calls[0]!.resolve('old');
  expect(await first.result).toBe('old');
  await settle();
  calls[1]!.resolve('new');
  expect(await second.result).toBe('new');
});

it('shares one load among all callers of the same turn', async () => {
  const { calls, load } = heldLoader();
  const loads = createUnleasedLoads<string>({ patienceMs: 1000, maxRunning: 2 });
  const together = Array.from({ length: 100 }, () => loads.run('a', load));
  await settle();
  expect(calls).toHaveLength(1);
  calls[0]!.resolve('value');
  const values = await Promise.all(together.map(({ result }) => result));
  expect(new Set(values)).toEqual(new Set(['value']));
});

it('runs one load at a time for a key, and shares the next one among all waiting callers', async () => {
  const { calls, load } = heldLoader();
  const loads = createUnleasedLoads<string>({ patienceMs: 1000, maxRunning: 2 });
  void loads.run('a', load);
  await settle();
  const waiting = Array.from({ length: 100 }, () => loads.run('a', load));
  expect(waiting.filter(({ joined }) => joined)).toHaveLength(99);
  expect(calls).toHaveLength(1);
  calls[0]!.resolve('old');
  await settle();
  expect(calls).toHaveLength(2);
  calls[1]!.resolve('new');
  const values = await Promise.all(waiting.map(({ result }) => result));
  expect(new Set(values)).toEqual(new Set(['new']));
});

it('runs the loads of different keys side by side', async () => {
  const { calls, load } = heldLoader();
  const loads = createUnleasedLoads<string>({ patienceMs: 1000, maxRunning: 2 });
  void loads.run('a', load);
  void loads.run('b', load);
  await settle();
  expect(calls).toHaveLength(2);
});

it('begins the next load after a failed one', async () => {
  const { calls, load } = heldLoader();
  const loads = createUnleasedLoads<string>({ patienceMs: 1000, maxRunning: 2 });
  const first = loads.run('a', load);
  await settle();
  const second = loads.run('a', load);
  calls[0]!.reject(new Error('database away'));
  await expect(first.result).rejects.toThrow('database away');
  await settle();
  calls[1]!.resolve('value');
  expect(await second.result).toBe('value');
});

it('does not wait for a load that hangs longer than its patience', async () => {
  const { calls, load } = heldLoader();
  const loads = createUnleasedLoads<string>({ patienceMs: 1000, maxRunning: 2 });
  void loads.run('a', load);
  await settle();
  const second = loads.run('a', load);
  await vi.advanceTimersByTimeAsync(999);
  expect(calls).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  calls[1]!.resolve('value');
  expect(await second.result).toBe('value');
});

it('runs no more loads of a key than it may, however long they take', async () => {
  const { calls, load } = heldLoader();
  const loads = createUnleasedLoads<string>({ patienceMs: 1000, maxRunning: 2 });
  for (let n = 0; n < 5; n += 1) {
    void loads.run('a', load);
    await settle();
    await vi.advanceTimersByTimeAsync(5000);
  }
  expect(calls).toHaveLength(2);
  const last = loads.run('a', load);
  calls[1]!.resolve('second');
  await settle();
  await settle();
  calls[2]!.resolve('third');
  expect(await last.result).toBe('third');
});

it('continues to share after a load that outlived the patience has ended', async () => {
  const { calls, load } = heldLoader();
  const loads = createUnleasedLoads<string>({ patienceMs: 1000, maxRunning: 2 });
  void loads.run('a', load);
  await settle();
  void loads.run('a', load);
  await vi.advanceTimersByTimeAsync(1000);
  calls[1]!.resolve('second');
  await settle();
  void loads.run('a', load);
  calls[0]!.resolve('first');
  await settle();
  const waiting = [loads.run('a', load), loads.run('a', load)];
  await settle();
  expect(calls).toHaveLength(3);
  expect(waiting.map(({ joined }) => joined)).toEqual([false, true]);
});
