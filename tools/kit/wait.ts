import { setTimeout as sleep } from 'node:timers/promises';

interface Deadline {
  withinMs: number;
  everyMs?: number;
}

/**
 * Repeats a check until it no longer throws, and returns its result.
 *
 * @param what the awaited state as a sentence, for the error
 * @throws Error with the last failure of the check after `withinMs`
 */
export async function eventually<T>(
  what: string,
  check: () => Promise<T>,
  { withinMs, everyMs = 250 }: Deadline,
): Promise<T> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (cause) {
      if (performance.now() >= deadlineMs) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        const waited = Math.round(withinMs / 1000);
        throw new Error(`Waited ${waited} s in vain: ${what}. Last failure: ${reason}`, { cause });
      }
    }
    await sleep(everyMs);
  }
}
