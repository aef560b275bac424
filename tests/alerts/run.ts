import { poll, type Clock } from './clock.ts';
import { allErrors } from './errors.ts';
import type { Experiment, Fixture } from './experiment.ts';
import type { Observation, Observer } from './observation.ts';
import { activeIn, collectOtherAlerts, type Verdict } from './other-alerts.ts';

/** The result of an experiment. */
export interface Outcome {
  alert: string;
  fault: string;
  /** From the injection. */
  firedAfterMs?: number;
  /** From the injection. */
  notifiedAfterMs?: number;
  /** From the start of the recovery until the webhook's notification. */
  resolvedAfterMs?: number;
  /** The other alerts that fired. */
  others: Record<string, Verdict>;
  /** Empty: the experiment passed. */
  problems: string[];
}

interface Environment {
  fixture: Fixture;
  observer: Observer;
  clock: Clock;
  /** Aborts the run. */
  signal: AbortSignal;
}

/** Prometheus keeps the last sample of a vanished target for 5 minutes. */
const QUIET_WITHIN_MS = 330_000;
const FIRES_WITHIN_MS = 150_000;
const NOTIFIED_WITHIN_MS = 60_000;
const RESOLVED_WITHIN_MS = 240_000;
/** The fault stays for as long after the notification, so that other alerts it causes show too. */
const STAYS_MS = 12_000;

/**
 * Runs one experiment: quiet, injection, firing, notified, recovery, resolved. The recovery runs on
 * failure and on abort too.
 *
 * @throws the signal's reason when aborted
 */
export async function runExperiment(
  alert: string,
  { fault, alsoFires = [], inject }: Experiment,
  { fixture, observer, clock, signal }: Environment,
): Promise<Outcome> {
  const outcome: Outcome = { alert, fault, others: {}, problems: [] };
  const others = collectOtherAlerts(alert, alsoFires);

  async function observe(): Promise<Observation> {
    const observation = await observer.observe();
    others.add(observation);
    return observation;
  }

  async function underFault(recovery: AsyncDisposableStack): Promise<void> {
    const injectedAtMs = clock.nowMs();
    await inject(recovery, fixture);
    await poll(clock, {
      probe: observe,
      until: ({ firing }) => firing.has(alert),
      withinMs: FIRES_WITHIN_MS,
      failure: ({ pending }) => `did not fire${pending.has(alert) ? ', only pend,' : ''}`,
    });
    outcome.firedAfterMs = clock.nowMs() - injectedAtMs;
    await poll(clock, {
      probe: observe,
      until: ({ notified }) => notified.has(alert),
      withinMs: NOTIFIED_WITHIN_MS,
      failure: ({ inhibited }) =>
        `fired and was not notified${inhibited.has(alert) ? ', being inhibited,' : ''}`,
    });
    outcome.notifiedAfterMs = clock.nowMs() - injectedAtMs;
    const staysUntilMs = clock.nowMs() + STAYS_MS;
    const isOver = () => clock.nowMs() >= staysUntilMs;
    await poll(clock, { probe: observe, until: isOver, withinMs: Infinity, failure: () => '' });
  }

  async function recover(recovery: AsyncDisposableStack): Promise<number> {
    const startedAtMs = clock.nowMs();
    others.recover();
    await recovery.disposeAsync();
    return startedAtMs;
  }

  try {
    await poll(clock, {
      probe: () => observer.observe(),
      until: (observation) => activeIn(observation).length === 0,
      withinMs: QUIET_WITHIN_MS,
      failure: (observation) =>
        `was not started: ${activeIn(observation).join(', ')} did not resolve`,
    });
    await observer.clear();
    const recovery = new AsyncDisposableStack();
    let recoveringSinceMs: number;
    try {
      await underFault(recovery);
    } finally {
      recoveringSinceMs = await recover(recovery);
    }
    await poll(clock, {
      probe: observe,
      until: ({ firing, resolved }) => !firing.has(alert) && resolved.has(alert),
      withinMs: RESOLVED_WITHIN_MS,
      failure: ({ firing }) =>
        firing.has(alert) ? 'kept firing after the recovery' : 'resolved without a notification',
    });
    outcome.resolvedAfterMs = clock.nowMs() - recoveringSinceMs;
  } catch (error) {
    signal.throwIfAborted();
    outcome.problems.push(...allErrors(error).map(({ message }) => message));
  }
  outcome.others = Object.fromEntries(others.verdicts());
  for (const [name, verdict] of Object.entries(outcome.others)) {
    if (verdict === 'unexpected') outcome.problems.push(`${name} fired too`);
  }
  return outcome;
}
