import { table } from '../../load/table.ts';
import type { Outcome } from './play.ts';
import type { Scenario } from './scenario.ts';

/** An alert without a scenario, and the reason. */
export interface NotDrilled {
  alert: string;
  reason: string;
}

const HEAD = ['alert', 'fires', 'notified', 'resolved', 'others that fired', 'fault'];
const TEXTS = [0, 4, 5];

/** What the drill found, as Markdown. */
export function report(outcomes: readonly Outcome[], notDrilled: readonly NotDrilled[]): string {
  const failed = outcomes.filter(({ problems }) => problems.length > 0);
  const parts = [table(HEAD, outcomes.map(row), TEXTS)];
  if (failed.length > 0) {
    parts.push(failed.map((outcome) => `${outcome.alert} ${describeOutcome(outcome)}`).join('\n'));
  }
  if (notDrilled.length > 0) parts.push(notDrilledTable(notDrilled));
  return parts.join('\n\n');
}

/** What there is to drill. */
export function list(scenarios: readonly Scenario[], notDrilled: readonly NotDrilled[]): string {
  const rows = scenarios.map(({ alert, fault }) => [alert, fault]);
  return [table(['alert', 'fault'], rows, [0, 1]), notDrilledTable(notDrilled)].join('\n\n');
}

/** In a line. */
export function describeOutcome({ problems, ...after }: Outcome): string {
  if (problems.length > 0) return `FAILED: ${problems.join('; ')}`;
  const { firedAfterMs, notifiedAfterMs, resolvedAfterMs } = after;
  const [fired, notified, resolved] = [firedAfterMs, notifiedAfterMs, resolvedAfterMs].map(seconds);
  return `fires after ${fired}, notified after ${notified}, resolved ${resolved} after the healing`;
}

function notDrilledTable(notDrilled: readonly NotDrilled[]): string {
  const rows = notDrilled.map(({ alert, reason }) => [alert, reason]);
  return table(['not drilled', 'why'], rows, [0, 1]);
}

function row({ alert, fault, others, ...after }: Outcome): string[] {
  return [
    alert,
    seconds(after.firedAfterMs),
    seconds(after.notifiedAfterMs),
    seconds(after.resolvedAfterMs),
    [...others].map(([name, standing]) => `${name} (${standing})`).join(', '),
    fault,
  ];
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '-' : `${Math.round(ms / 1000)} s`;
}
