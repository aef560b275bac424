import type { FaultWindow } from './history.ts';

/** Decides by the fault windows whether a read may miss a write. */
export interface Windows {
  add(window: FaultWindow): void;
  /**
   * How long a read was behind a commit, in milliseconds. Time in which nothing could reach both the
   * store and the source does not count.
   */
  behindMs(committedAt: number, invokedAt: number): number;
  /** The window that allows a stale read at this time; `undefined`: none does. */
  allowing(committedAt: number, invokedAt: number): FaultWindow | undefined;
}

/** @param boundMs how long staleness may last after a commit or a healing */
export function createWindows(boundMs: number): Windows {
  const windows: FaultWindow[] = [];

  function behindMs(committedAt: number, invokedAt: number): number {
    let from = committedAt;
    for (const { startedAt, healedAt, reach } of windows) {
      // A fault may also bring back entries older than itself: a store restored from a backup.
      if (reach === 'none' && startedAt <= invokedAt) from = Math.max(from, healedAt);
    }
    return Math.max(0, invokedAt - from);
  }

  return {
    add: (window) => void windows.push(window),
    behindMs,
    allowing(committedAt, invokedAt) {
      if (behindMs(committedAt, invokedAt) > boundMs) return undefined;
      return windows.find(
        ({ staleAllowed, startedAt, healedAt }) =>
          staleAllowed && startedAt <= invokedAt && invokedAt <= healedAt + boundMs,
      );
    },
  };
}
