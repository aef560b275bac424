import { setTimeout as sleep } from 'node:timers/promises';

interface Patience {
  withinMs: number;
  everyMs?: number;
}

/**
 * Repeats a check until it passes, and gives what it gave.
 *
 * @param what what is waited for, as a sentence of the error
 * @throws Error with the last reason once the time is up
 */
export async function eventually<T>(
  what: string,
  check: () => Promise<T>,
  { withinMs, everyMs = 250 }: Patience,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (cause) {
      if (performance.now() >= deadline) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        const waited = Math.round(withinMs / 1000);
        throw new Error(`Waited ${waited} s in vain: ${what}. At last: ${reason}`, { cause });
      }
    }
    await sleep(everyMs);
  }
}

/** Starts a stopwatch that tells the time as people read it. */
export function stopwatch(): () => string {
  const startedAt = performance.now();
  return () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}
