/** Runs works in their order, a number of them at a time. */
export interface Lane {
  /** Queues a work, which must not reject. */
  run(work: () => Promise<void>): void;
  /** Resolves once no work runs or waits. */
  idle(): Promise<void>;
}

/** @param width works that run at a time */
export function createLane(width: number): Lane {
  const queue: (() => Promise<void>)[] = [];
  let running = 0;
  let whenIdle: (() => void)[] = [];

  async function next(): Promise<void> {
    running += 1;
    for (let work = queue.shift(); work; work = queue.shift()) await work();
    running -= 1;
    if (running > 0) return;
    for (const resolve of whenIdle) resolve();
    whenIdle = [];
  }

  return {
    run(work: () => Promise<void>): void {
      queue.push(work);
      if (running < width) void next();
    },
    idle: () =>
      running === 0 ? Promise.resolve() : new Promise<void>((resolve) => whenIdle.push(resolve)),
  };
}
