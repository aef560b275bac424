import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { createSettlements } from './settlements.ts';
import type { Settlement } from './statements.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const applied = (id: string): Settlement => ({ id, replays: 0, retryMs: null });

function recorded(write?: (batch: readonly Settlement[]) => Promise<void>) {
  const batches: string[][] = [];
  const errors: unknown[] = [];
  const settlements = createSettlements({
    async write(batch) {
      batches.push(batch.map(({ id }) => id));
      await write?.(batch);
    },
    onError: (error) => void errors.push(error),
  });
  return { settlements, batches, errors };
}

test('settlements of the same moment share one statement', async () => {
  const { settlements, batches } = recorded();
  for (const id of ['a', 'b', 'c']) settlements.add(applied(id));
  await vi.advanceTimersByTimeAsync(99);
  expect(batches).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(batches).toEqual([['a', 'b', 'c']]);
});

test('a full batch does not wait', async () => {
  const { settlements, batches } = recorded();
  for (let n = 0; n < 1000; n += 1) settlements.add(applied(`${n}`));
  await settlements.flush();
  expect(batches.map((batch) => batch.length)).toEqual([1000]);
});

test('one statement at a time is under way, and its successors are bounded', async () => {
  const writes: (() => void)[] = [];
  const { settlements, batches } = recorded(() => new Promise((end) => writes.push(end)));
  for (let n = 0; n < 20_000; n += 1) settlements.add(applied(`${n}`));
  expect(batches.length).toBe(1);
  const flushed = settlements.flush();
  while (writes.length > 0) {
    writes.shift()!();
    await vi.advanceTimersByTimeAsync(0);
  }
  await flushed;
  expect(batches.every((batch) => batch.length <= 1000)).toBe(true);
  // The first batch, and the 10,000 that were kept while it was under way.
  expect(batches.flat().length).toBe(11_000);
});

test('a failed batch is reported and given up, and the next one is written', async () => {
  let failure: Error | undefined = new Error('Postgres is away');
  const { settlements, batches, errors } = recorded(() =>
    failure ? Promise.reject(failure) : Promise.resolve(),
  );
  settlements.add(applied('lost'));
  await settlements.flush();
  expect(errors).toEqual([failure]);

  failure = undefined;
  settlements.add(applied('later'));
  await vi.advanceTimersByTimeAsync(100);
  expect(batches).toEqual([['lost'], ['later']]);
});

test('flush resolves at once if there is nothing to write', async () => {
  const { settlements, batches } = recorded();
  await settlements.flush();
  expect(batches).toEqual([]);
});
