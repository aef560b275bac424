import { waitUntil, type Clock } from './clock.ts';
import { allErrors } from './errors.ts';
import type { Scenario, Stage } from './scenario.ts';
import { createSeen, restlessIn, type Standing } from './seen.ts';
import type { Sighting, Watch } from './sighting.ts';

/** How a scenario went. */
export interface Outcome {
  alert: string;
  fault: string;
  /** From the fault. */
  firedAfterMs?: number;
  /** From the fault. */
  notifiedAfterMs?: number;
  /** From the beginning of the healing, until the webhook knew. */
  resolvedAfterMs?: number;
  /** The other alerts that fired. */
  others: Map<string, Standing>;
  /** What went wrong; none: it passed. */
  problems: string[];
}

interface PlayOptions {
  stage: Stage;
  watch: Watch;
  clock: Clock;
  /** Aborted when the drill is to end. */
  signal: AbortSignal;
}

/** Prometheus may believe a target that has gone for 5 minutes. */
const QUIET_WITHIN_MS = 330_000;
const FIRES_WITHIN_MS = 150_000;
const NOTIFIED_WITHIN_MS = 60_000;
const RESOLVED_WITHIN_MS = 240_000;
/** The fault stays for so long after the notification: what else it makes fire shows then. */
const STAYS_MS = 12_000;

/**
 * Plays a scenario: quiet, fault, firing, notified, healed, resolved. The fault is healed however
 * that goes.
 *
 * @throws only when the drill is to end
 */
export async function play(scenario: Scenario, options: PlayOptions): Promise<Outcome> {
  const { stage, watch, clock, signal } = options;
  const { alert, fault, alsoFires = [] } = scenario;
  const outcome: Outcome = { alert, fault, others: new Map(), problems: [] };
  const seen = createSeen(alert, alsoFires);

  async function look(): Promise<Sighting> {
    const sighting = await watch.look();
    seen.add(sighting);
    return sighting;
  }

  async function underFault(healing: AsyncDisposableStack): Promise<void> {
    const startedAtMs = clock.nowMs();
    await scenario.bringOn(healing, stage);
    await waitUntil(clock, {
      look,
      isSo: ({ firing }) => firing.has(alert),
      withinMs: FIRES_WITHIN_MS,
      inVain: ({ pending }) => `did not fire${pending.has(alert) ? ', only pend,' : ''}`,
    });
    outcome.firedAfterMs = clock.nowMs() - startedAtMs;
    await waitUntil(clock, {
      look,
      isSo: ({ notified }) => notified.has(alert),
      withinMs: NOTIFIED_WITHIN_MS,
      inVain: ({ inhibited }) =>
        `fired and was not notified${inhibited.has(alert) ? ', being inhibited,' : ''}`,
    });
    outcome.notifiedAfterMs = clock.nowMs() - startedAtMs;
    const staysUntilMs = clock.nowMs() + STAYS_MS;
    const isOver = () => clock.nowMs() >= staysUntilMs;
    await waitUntil(clock, { look, isSo: isOver, withinMs: Infinity, inVain: () => '' });
  }

  async function healed(healing: AsyncDisposableStack): Promise<number> {
    const startedAtMs = clock.nowMs();
    seen.heal();
    await healing.disposeAsync();
    return startedAtMs;
  }

  try {
    await waitUntil(clock, {
      look: () => watch.look(),
      isSo: (sighting) => restlessIn(sighting).length === 0,
      withinMs: QUIET_WITHIN_MS,
      inVain: (sighting) => `before the fault ${restlessIn(sighting).join(', ')} did not rest`,
    });
    await watch.forget();
    const healing = new AsyncDisposableStack();
    let healingSinceMs: number;
    try {
      await underFault(healing);
    } finally {
      healingSinceMs = await healed(healing);
    }
    await waitUntil(clock, {
      look,
      isSo: ({ firing, resolved }) => !firing.has(alert) && resolved.has(alert),
      withinMs: RESOLVED_WITHIN_MS,
      inVain: ({ firing }) =>
        firing.has(alert) ? 'went on firing once healed' : 'resolved, and nobody was told',
    });
    outcome.resolvedAfterMs = clock.nowMs() - healingSinceMs;
  } catch (error) {
    signal.throwIfAborted();
    outcome.problems.push(...allErrors(error).map(({ message }) => message));
  }
  outcome.others = seen.others();
  for (const [name, standing] of outcome.others) {
    if (standing === 'unexpected') outcome.problems.push(`${name} fired too`);
  }
  return outcome;
}
