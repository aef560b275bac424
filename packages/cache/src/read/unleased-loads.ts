import { setImmediate } from 'node:timers/promises';

import type { Flight } from './single-flight.ts';

/** Loads without a lease, shared so that no caller gets a load that began before its call. */
export interface UnleasedLoads<T> {
  run(key: string, work: () => Promise<T>): Flight<T>;
}

interface Queue<T> {
  /** Begun: no caller may join them. */
  running: Set<Promise<T>>;
  /** Has not begun, and is open to join until it does. */
  next: Promise<T> | undefined;
}

interface UnleasedLoadsOptions {
  /** A load that runs longer no longer holds up the next one. */
  patienceMs: number;
  /** Loads of one key that run at a time, at most. */
  maxRunning: number;
}

/**
 * One load runs for each key, a few if they are slow, and one waits for its turn. A caller joins only a
 * load that has not begun: without a lease nothing else proves that a load is not older than a write
 * the caller has seen. The first begins at the end of the turn, so that callers of the same turn share
 * it.
 */
export function createUnleasedLoads<T>(options: UnleasedLoadsOptions): UnleasedLoads<T> {
  const { patienceMs, maxRunning } = options;
  const queues = new Map<string, Queue<T>>();

  function begin(key: string, queue: Queue<T>, work: () => Promise<T>): Promise<T> {
    const running = work();
    queue.running.add(running);
    queue.next = undefined;
    const end = () => {
      queue.running.delete(running);
      if (queue.running.size === 0 && !queue.next) queues.delete(key);
    };
    running.then(end, end);
    return running;
  }

  /** Resolves when the next load may begin. */
  async function turnOf({ running }: Queue<T>): Promise<void> {
    if (running.size === 0) return setImmediate();
    const anyEnd = Promise.any(Array.from(running, ended));
    return running.size < maxRunning ? within(anyEnd, patienceMs) : anyEnd;
  }

  return {
    run(key, work) {
      let queue = queues.get(key);
      if (!queue) queues.set(key, (queue = { running: new Set(), next: undefined }));
      if (queue.next) return { result: queue.next, joined: true };
      const opened = queue;
      queue.next = turnOf(opened).then(() => begin(key, opened, work));
      return { result: queue.next, joined: false };
    },
  };
}

/** Resolves when the work has settled. */
function ended(work: Promise<unknown>): Promise<void> {
  return work.then(
    () => undefined,
    () => undefined,
  );
}

/** Resolves as the work does, or after so many milliseconds. */
function within(work: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
