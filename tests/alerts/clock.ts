/** The time of an experiment. */
export interface Clock {
  nowMs(): number;
  /** Rejects when the run is aborted. */
  sleep(ms: number): Promise<void>;
}

interface Poll<T> {
  probe: () => Promise<T>;
  until: (result: T) => boolean;
  withinMs: number;
  /** The message of the error, without the time. */
  failure: (last: T) => string;
}

const INTERVAL_MS = 1000;

/**
 * Probes every second until a condition holds.
 *
 * @throws Error after `withinMs`
 */
export async function poll<T>(clock: Clock, { probe, until, withinMs, failure }: Poll<T>) {
  const deadlineMs = clock.nowMs() + withinMs;
  for (;;) {
    const result = await probe();
    if (until(result)) return;
    if (clock.nowMs() >= deadlineMs) {
      throw new Error(`${failure(result)} within ${withinMs / 1000} s`);
    }
    await clock.sleep(INTERVAL_MS);
  }
}
