import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { createWaitRoom } from './wait-room.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A room in which looks are answered by hand; the answer `held` means: wait on. */
function room() {
  const looks: PromiseWithResolvers<string>[] = [];
  const look = () => {
    const answer = Promise.withResolvers<string>();
    looks.push(answer);
    return answer.promise;
  };
  const { join } = createWaitRoom<string>({
    isPending: (answer) => answer === 'held',
    now: Date.now,
  });
  const answer = async (index: number, value: string) => {
    await vi.advanceTimersByTimeAsync(50);
    looks[index]!.resolve(value);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { join: (waitMs = 1000) => join('key', waitMs, look), looks, answer };
}

it('looks again until there is an answer', async () => {
  const { join, looks, answer } = room();
  const waiting = join();
  await answer(0, 'held');
  await answer(1, 'held');
  await answer(2, 'value');
  expect(await waiting).toBe('value');
  await vi.advanceTimersByTimeAsync(1000);
  expect(looks).toHaveLength(3);
});

it('polls once for all waiting readers', async () => {
  const { join, looks, answer } = room();
  const waiting = Promise.all(Array.from({ length: 100 }, () => join()));
  await answer(0, 'value');
  expect(new Set(await waiting)).toEqual(new Set(['value']));
  expect(looks).toHaveLength(1);
});

it('gives a reader that came during a look the answer of the next one', async () => {
  const { join, looks, answer } = room();
  const first = join();
  await vi.advanceTimersByTimeAsync(50);
  expect(looks).toHaveLength(1);
  const second = join();
  await answer(0, 'old');
  expect(await first).toBe('old');
  await answer(1, 'new');
  expect(await second).toBe('new');
});

it('lets a reader go when its time is up, and others wait on', async () => {
  const { join, answer } = room();
  const [short, long] = [join(60), join(10_000)];
  await answer(0, 'held');
  await answer(1, 'held');
  expect(await short).toBe('expired');
  await answer(2, 'value');
  expect(await long).toBe('value');
});

it('rejects the waiting readers when a poll fails, and serves the next', async () => {
  const { join, looks, answer } = room();
  const failed = join().catch((error: Error) => error.message);
  await vi.advanceTimersByTimeAsync(50);
  looks[0]!.reject(new Error('away'));
  expect(await failed).toBe('away');
  const next = join();
  await answer(1, 'value');
  expect(await next).toBe('value');
});
