/** A call, and whether another asker had begun it. */
export interface Flight<T> {
  result: Promise<T>;
  joined: boolean;
}

/**
 * Shares one running call among all who ask for the same name while it runs, after Go's
 * `golang.org/x/sync/singleflight`.
 */
export interface SingleFlight<T> {
  /** Runs `work`, or joins the call under this name. */
  run(name: string, work: () => Promise<T>): Flight<T>;
  /** Those who ask from now on start a call of their own; those who wait still get theirs. */
  forget(matches: (name: string) => boolean): void;
}

interface SingleFlightOptions {
  /** How long a call may be joined; one that hangs must not hold all who come later. */
  shareMs: number;
  /** A call that has ended can be joined until then: `call` at once, `turn` of the event loop. */
  until?: 'call' | 'turn';
}

export function createSingleFlight<T>(options: SingleFlightOptions): SingleFlight<T> {
  const { shareMs, until = 'call' } = options;
  const flights = new Map<string, { result: Promise<T>; startedAt: number }>();
  return {
    run(name, work) {
      const running = flights.get(name);
      const startedAt = performance.now();
      if (running && startedAt - running.startedAt < shareMs) {
        return { result: running.result, joined: true };
      }
      const land = () => {
        // A call that was forgotten must not take its successor off the map.
        if (flights.get(name) === flight) flights.delete(name);
      };
      const result = work().finally(() => (until === 'turn' ? void setImmediate(land) : land()));
      const flight = { result, startedAt };
      flights.set(name, flight);
      return { result, joined: false };
    },
    forget(matches) {
      for (const name of flights.keys()) if (matches(name)) flights.delete(name);
    },
  };
}
