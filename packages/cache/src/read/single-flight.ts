import { setImmediate } from 'node:timers';

/** A call, and whether another caller had begun it. */
export interface Flight<T> {
  result: Promise<T>;
  joined: boolean;
}

/**
 * Shares one running call among all callers of the same name, after Go's
 * `golang.org/x/sync/singleflight`. Here a name is a lease's token: it is never used again, so a
 * caller that knows it may join whatever runs under it.
 */
export interface SingleFlight<T> {
  /** Runs `work`, or joins the call under this name. */
  run(name: string, work: () => Promise<T>): Flight<T>;
  /** Joins the call under this name if there is one. */
  join(name: string): Promise<T> | undefined;
}

export function createSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Promise<T>>();
  return {
    run(name, work) {
      const running = flights.get(name);
      if (running) return { result: running, joined: true };
      // To the end of the turn: the answer `held` is often read together with that of the fill.
      const result = work().finally(() => void setImmediate(() => flights.delete(name)));
      flights.set(name, result);
      return { result, joined: false };
    },
    join: (name) => flights.get(name),
  };
}
