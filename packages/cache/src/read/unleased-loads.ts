import { setImmediate } from 'node:timers/promises';

import type { Flight } from './single-flight.ts';

/** Loads without a lease, shared so that no caller gets one that began before it asked. */
export interface UnleasedLoads<T> {
  run(key: string, work: () => Promise<T>): Flight<T>;
}

interface Queue<T> {
  /** Begun: no caller may join it. */
  running: Promise<T> | undefined;
  /** Has not begun, and is open to join until it does. */
  next: Promise<T> | undefined;
}

/**
 * At most one load runs for each key, and one waits for it to end. A caller joins only a load that
 * has not begun: without a lease nothing else proves that a load is not older than a write the
 * caller knows of. The first begins at the end of the turn, so that those who come together share it.
 *
 * @param patienceMs a load that runs longer no longer holds up the next one
 */
export function createUnleasedLoads<T>({ patienceMs }: { patienceMs: number }): UnleasedLoads<T> {
  const queues = new Map<string, Queue<T>>();

  function begin(key: string, queue: Queue<T>, work: () => Promise<T>): Promise<T> {
    const running = work();
    queue.running = running;
    queue.next = undefined;
    const end = () => {
      if (queue.running === running) queue.running = undefined;
      if (!queue.running && !queue.next) queues.delete(key);
    };
    running.then(end, end);
    return running;
  }

  return {
    run(key, work) {
      const queue = queues.get(key) ?? { running: undefined, next: undefined };
      queues.set(key, queue);
      if (queue.next) return { result: queue.next, joined: true };
      const turn = queue.running ? settled(queue.running, patienceMs) : setImmediate();
      queue.next = turn.then(() => begin(key, queue, work));
      return { result: queue.next, joined: false };
    },
  };
}

/** Resolves when the work has ended, well or badly, or after so many milliseconds. */
function settled(work: Promise<unknown>, patienceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, patienceMs);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    work.then(end, end);
  });
}
