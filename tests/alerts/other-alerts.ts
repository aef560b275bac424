import type { Observation } from './observation.ts';

/** Always fires: its notification proves that alerts arrive. */
export const WATCHDOG = 'RelayWatchdog';

export type Verdict = 'expected' | 'inhibited' | 'unexpected';

/** Collects the alerts that fire beside the experiment's own. */
export interface OtherAlerts {
  add(observation: Observation): void;
  /** After it, an alert may outlive the cause that inhibited it: its notification is no failure. */
  recover(): void;
  verdicts(): Map<string, Verdict>;
}

/**
 * @param alert the experiment's own
 * @param expected others that may fire and be notified
 */
export function collectOtherAlerts(alert: string, expected: readonly string[]): OtherAlerts {
  const fired = new Set<string>();
  const inhibited = new Set<string>();
  const notifiedUnderFault = new Set<string>();
  let isRecovering = false;

  function verdictOn(name: string): Verdict {
    if (expected.includes(name)) return 'expected';
    return inhibited.has(name) && !notifiedUnderFault.has(name) ? 'inhibited' : 'unexpected';
  }

  return {
    add(observation) {
      for (const name of [...observation.firing, ...observation.notified]) fired.add(name);
      for (const name of observation.inhibited) inhibited.add(name);
      if (isRecovering) return;
      for (const name of observation.notified) notifiedUnderFault.add(name);
    },
    recover() {
      isRecovering = true;
    },
    verdicts() {
      const names = [...fired].filter((name) => name !== WATCHDOG && name !== alert).toSorted();
      return new Map(names.map((name) => [name, verdictOn(name)]));
    },
  };
}

/** The alerts that keep an experiment from starting. */
export function activeIn({ pending, firing, active }: Observation): string[] {
  const names = pending.union(firing).union(active);
  names.delete(WATCHDOG);
  return [...names].toSorted();
}
