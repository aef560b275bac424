import { markdownTable } from '../../tools/kit/table.ts';
import type { Experiments } from './experiments.ts';
import type { Outcome } from './run.ts';

const HEAD = ['alert', 'fires', 'notified', 'resolved', 'others that fired', 'fault'];
const TEXTS = [0, 4, 5];

/** The outcomes as Markdown. */
export function report(outcomes: readonly Outcome[], notRun: Experiments['notRun']): string {
  const failed = outcomes.filter(({ problems }) => problems.length > 0);
  const parts = [markdownTable(HEAD, outcomes.map(row), TEXTS)];
  if (failed.length > 0) {
    parts.push(failed.map((outcome) => `${outcome.alert} ${describeOutcome(outcome)}`).join('\n'));
  }
  if (notRun.length > 0) parts.push(notRunTable(notRun));
  return parts.join('\n\n');
}

/** All experiments, and the alerts without one, as Markdown. */
export function list({ runnable, notRun }: Experiments): string {
  const rows = runnable.map(({ alert, experiment }) => [alert, experiment.fault]);
  return [markdownTable(['alert', 'fault'], rows, [0, 1]), notRunTable(notRun)].join('\n\n');
}

/** One line. */
export function describeOutcome({ problems, ...after }: Outcome): string {
  if (problems.length > 0) return `FAILED: ${problems.join('; ')}`;
  const { firedAfterMs, notifiedAfterMs, resolvedAfterMs } = after;
  const [fired, notified, resolved] = [firedAfterMs, notifiedAfterMs, resolvedAfterMs].map(seconds);
  return `fires after ${fired}, notified after ${notified}, resolved ${resolved} after the recovery`;
}

function notRunTable(notRun: Experiments['notRun']): string {
  const rows = notRun.map(({ alert, reason }) => [alert, reason]);
  return markdownTable(['not run', 'why'], rows, [0, 1]);
}

function row({ alert, fault, others, ...after }: Outcome): string[] {
  return [
    alert,
    seconds(after.firedAfterMs),
    seconds(after.notifiedAfterMs),
    seconds(after.resolvedAfterMs),
    Object.entries(others)
      .map(([name, verdict]) => `${name} (${verdict})`)
      .join(', '),
    fault,
  ];
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '-' : `${Math.round(ms / 1000)} s`;
}
