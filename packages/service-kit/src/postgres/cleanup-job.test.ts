import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { deleteInBatches, startCleanupJob } from './cleanup-job.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A table with so many expired rows. */
function setUp(expired: number) {
  let left = expired;
  const deleteExpired = vi.fn<(limit: number) => Promise<number>>(async (limit) => {
    const deleted = Math.min(limit, left);
    left -= deleted;
    return deleted;
  });
  const onDeleted = vi.fn<(count: number) => void>();
  const onError = vi.fn<(error: unknown) => void>();
  const batches = { deleteBatch: deleteExpired, onDeleted, batchRows: 10, maxBatches: 3 };
  const upkeep = startCleanupJob({
    run: (signal) => deleteInBatches({ ...batches, signal }),
    onError,
    periodMs: 1000,
    random: () => 0.5,
  });
  return { upkeep, deleteExpired, onDeleted, onError };
}

test('deletes in batches until one is not full', async () => {
  const { deleteExpired, onDeleted } = setUp(14);
  expect(deleteExpired).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1000);
  expect(deleteExpired.mock.calls).toEqual([[10], [10]]);
  expect(onDeleted.mock.calls).toEqual([[10], [4]]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(deleteExpired).toHaveBeenCalledTimes(3);
  expect(onDeleted).toHaveBeenLastCalledWith(0);
});

test('leaves the rest of a large backlog to the next run', async () => {
  const { deleteExpired } = setUp(1000);
  await vi.advanceTimersByTimeAsync(1999);
  expect(deleteExpired).toHaveBeenCalledTimes(3);
  await vi.advanceTimersByTimeAsync(1);
  expect(deleteExpired).toHaveBeenCalledTimes(6);
});

test('reports a failure, and tries again at the next run', async () => {
  const { deleteExpired, onError } = setUp(1);
  const away = new Error('Postgres is away');
  deleteExpired.mockRejectedValueOnce(away);
  await vi.advanceTimersByTimeAsync(1000);
  expect(onError).toHaveBeenCalledExactlyOnceWith(away);
  await vi.advanceTimersByTimeAsync(1000);
  expect(deleteExpired).toHaveBeenCalledTimes(2);
});

test('stops after the current batch', async () => {
  const { upkeep, deleteExpired } = setUp(1000);
  const batch = Promise.withResolvers<number>();
  deleteExpired.mockReturnValue(batch.promise);
  await vi.advanceTimersByTimeAsync(1000);
  const stopping = upkeep.stop();
  batch.resolve(10);
  await stopping;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(deleteExpired).toHaveBeenCalledOnce();
});
