import type { Sighting } from './sighting.ts';

/** It says that the way of the alerts is open, and fires always. */
export const WATCHDOG = 'RelayWatchdog';

export type Standing = 'expected' | 'inhibited' | 'unexpected';

/** What was seen while a scenario played. */
export interface Seen {
  add(sighting: Sighting): void;
  /** From now on a cause may be gone before what it inhibited: that is then notified, and rightly. */
  heal(): void;
  /** The alerts beside the scenario's own. */
  others(): Map<string, Standing>;
}

/**
 * @param alert the scenario's own
 * @param expected others that may fire and be notified
 */
export function createSeen(alert: string, expected: readonly string[]): Seen {
  const fired = new Set<string>();
  const inhibited = new Set<string>();
  const notifiedUnderFault = new Set<string>();
  let healed = false;

  function standingOf(name: string): Standing {
    if (expected.includes(name)) return 'expected';
    return inhibited.has(name) && !notifiedUnderFault.has(name) ? 'inhibited' : 'unexpected';
  }

  return {
    add(sighting) {
      for (const name of [...sighting.firing, ...sighting.notified]) fired.add(name);
      for (const name of sighting.inhibited) inhibited.add(name);
      if (!healed) for (const name of sighting.notified) notifiedUnderFault.add(name);
    },
    heal() {
      healed = true;
    },
    others() {
      const names = [...fired].filter((name) => name !== WATCHDOG && name !== alert).toSorted();
      return new Map(names.map((name) => [name, standingOf(name)]));
    },
  };
}

/** What is not at rest, for a scenario to begin. */
export function restlessIn({ pending, firing, held }: Sighting): string[] {
  const names = pending.union(firing).union(held);
  names.delete(WATCHDOG);
  return [...names].toSorted();
}
