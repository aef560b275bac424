import type { FailedLift, Fences } from './fences.ts';

/** Long enough for a connection that is made again; the caller of the write waits for it. */
const PATIENCE_MS = 2000;
const PAUSE_MS = 50;

/**
 * Repeats failed lifts until all have succeeded, or 2 s have passed. Resolves with those that still
 * fail. While the breaker is open an attempt ends at once, without the store.
 */
export async function repeatLifts(
  failed: readonly FailedLift[],
  fences: Pick<Fences, 'repeat'>,
  now: () => number,
): Promise<readonly FailedLift[]> {
  const endsAtMs = now() + PATIENCE_MS;
  let remaining = failed;
  while (remaining.length > 0 && now() + PAUSE_MS < endsAtMs) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    remaining = await fences.repeat(remaining, endsAtMs - now());
  }
  return remaining;
}
