/** Time, and how it passes. */
export interface Clock {
  nowMs(): number;
  /** Rejects when the drill is to end. */
  sleep(ms: number): Promise<void>;
}

interface Wait<T> {
  look: () => Promise<T>;
  isSo: (seen: T) => boolean;
  withinMs: number;
  /** What did not come about, for the error. */
  inVain: (seen: T) => string;
}

const LOOK_EVERY_MS = 1000;

/**
 * Looks again and again until something is so.
 *
 * @throws Error once the time is up
 */
export async function waitUntil<T>(clock: Clock, wait: Wait<T>): Promise<void> {
  const deadlineMs = clock.nowMs() + wait.withinMs;
  for (;;) {
    const seen = await wait.look();
    if (wait.isSo(seen)) return;
    if (clock.nowMs() >= deadlineMs) {
      throw new Error(`${wait.inVain(seen)} within ${wait.withinMs / 1000} s`);
    }
    await clock.sleep(LOOK_EVERY_MS);
  }
}
