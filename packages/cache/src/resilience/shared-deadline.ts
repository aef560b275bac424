import { setImmediate } from 'node:timers';

import { stallGraceMs } from './deadline.ts';

/** One wait that may expire. */
export interface Wait {
  /** Set once the answer has come: the wait no longer expires. */
  settled: boolean;
}

/** Deadlines of one length. They expire in the order in which they began, so all share one timer. */
export interface SharedDeadline {
  /**
   * Calls `expire` after the deadline, unless the wait is settled by then; with the same leniency
   * towards a busy process as `startDeadline`.
   */
  start(expire: () => void): Wait;
  /** Expires waits under way, and from now on each wait at the end of its turn. */
  close(): void;
}

interface Entry extends Wait {
  dueAt: number;
  expire: () => void;
}

/** Settled waits are removed from the front now and then: each removal moves all others. */
const COMPACT_AT = 1024;

export function createSharedDeadline(timeoutMs: number): SharedDeadline {
  let entries: Entry[] = [];
  let head = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function dropSettled(): void {
    while (head < entries.length && entries[head]!.settled) head += 1;
    if (head === entries.length) {
      entries = [];
      head = 0;
    } else if (head >= COMPACT_AT) {
      entries = entries.slice(head);
      head = 0;
    }
  }

  function check(): void {
    timer = undefined;
    const now = performance.now();
    dropSettled();
    while (head < entries.length && entries[head]!.dueAt <= now) {
      expireLater(entries[head]!, now - entries[head]!.dueAt);
      head += 1;
      dropSettled();
    }
    if (head < entries.length) timer = setTimeout(check, entries[head]!.dueAt - now);
  }

  function expireLater(entry: Entry, lateMs: number): void {
    // After a pause, timers run before the answers that have long arrived are read from their sockets.
    const expire = () => void setImmediate(() => entry.settled || entry.expire());
    const graceMs = stallGraceMs(lateMs, timeoutMs);
    if (graceMs === 0) expire();
    else setTimeout(expire, graceMs);
  }

  return {
    start(expire) {
      const entry = { settled: false, dueAt: performance.now() + timeoutMs, expire };
      if (head > 0 && head === entries.length) dropSettled();
      if (closed) {
        expireLater(entry, 0);
        return entry;
      }
      entries.push(entry);
      timer ??= setTimeout(check, timeoutMs);
      return entry;
    },
    close() {
      closed = true;
      clearTimeout(timer);
      for (const entry of entries.splice(head)) if (!entry.settled) entry.expire();
    },
  };
}
