import { setImmediate } from 'node:timers';

/** A call, and whether another caller had begun it. */
export interface Flight<T> {
  result: Promise<T>;
  joined: boolean;
}

/**
 * Shares one running call among all callers of the same name, after Go's
 * `golang.org/x/sync/singleflight`. Here a name is a lease's token: it is never used again, so a caller
 * that holds it may join the call that runs under it.
 */
export interface SingleFlight<T> {
  /** Runs `work`, or joins the call under this name. */
  run(name: string, work: () => Promise<T>, note?: string): Flight<T>;
  /** Joins the call under this name if there is one, with this note if one is given. */
  join(name: string, note?: string): Promise<T> | undefined;
}

export function createSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, { result: Promise<T>; note: string | undefined }>();
  return {
    run(name, work, note) {
      const running = flights.get(name);
      if (running) return { result: running.result, joined: true };
      // To the end of the turn: the answer `held` is often read together with that of the fill.
      const result = work().finally(() => void setImmediate(() => flights.delete(name)));
      flights.set(name, { result, note });
      return { result, joined: false };
    },
    join(name, note) {
      const running = flights.get(name);
      return note === undefined || note === running?.note ? running?.result : undefined;
    },
  };
}
