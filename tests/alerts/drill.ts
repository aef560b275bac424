import { createVitest } from 'vitest/node';

import { loadExperiments } from './experiments.ts';
import { assertKnown, type DrillOptions } from './options.ts';
import { list } from './report.ts';
import { DrillReporter } from './reporter.ts';

/** @returns the exit code */
export async function run(options: DrillOptions): Promise<number> {
  const { runnable, notRun } = await loadExperiments();
  assertKnown(
    options,
    runnable.map(({ alert }) => alert),
  );
  if (options.list) {
    process.stdout.write(`${list({ runnable, notRun })}\n`);
    return 0;
  }
  const reporter = new DrillReporter({
    out: options.out,
    // A part of the alerts needs no list of the others.
    notRun: options.only ? [] : notRun,
  });
  // The chart and the values are named from the root.
  process.chdir(`${import.meta.dirname}/../..`);
  const vitest = await createVitest('test', {
    config: 'tests/alerts/vitest.config.ts',
    watch: false,
    reporters: ['default', reporter],
    ...(options.only && { testNamePattern: `^(?:${options.only.join('|')})$` }),
  });
  cancelOnSignals(() => vitest.cancelCurrentRun('keyboard-input'));
  await vitest.start();
  // Reverts the changes of the global set-up.
  await vitest.close();
  return reporter.passed && !process.exitCode ? 0 : 1;
}

/** In place of Vitest's own handlers, which exit at once. */
function cancelOnSignals(cancel: () => Promise<void>): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.removeAllListeners(signal);
    process.on(signal, () => void cancel());
  }
}
