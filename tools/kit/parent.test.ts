import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';

import { watchParent } from './parent.ts';

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
});

test.each([
  ['its parent', [1, 99]],
  ["its parent's parent", [100, 1]],
])('reports once that %s is gone, and nothing while both live', (_who, orphaned) => {
  let pids = [100, 99];
  const onGone = vi.fn<() => void>();
  watchParent({ ancestors: () => pids, onGone });
  vi.advanceTimersByTime(60_000);
  expect(onGone).not.toHaveBeenCalled();
  pids = orphaned;
  vi.advanceTimersByTime(60_000);
  expect(onGone).toHaveBeenCalledOnce();
});
