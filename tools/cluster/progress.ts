import { Listr, PRESET_TIMER } from 'listr2';

import type { Step } from './steps.ts';

interface ShownTask {
  title: string;
  /** The line below the title. */
  output: string;
  skip(reason: string): void;
}

/**
 * Runs the steps in order and shows each with its duration, until one fails.
 *
 * @throws the step's error, which the display leaves out
 */
export async function runSteps(steps: readonly Step[]): Promise<void> {
  const isTerminal = process.stdout.isTTY;
  let failure: unknown;
  const tasks = steps.map(({ title, run }) => ({
    title,
    async task(_: unknown, task: ShownTask) {
      const report = (line: string) => {
        task.output = line;
      };
      const outcome = await run(report).catch((error: unknown) => {
        failure = error;
        throw new Error('see below');
      });
      if (!outcome) return;
      // A terminal shows the reason in place of the title, a log after the title.
      if ('skipped' in outcome)
        task.skip(isTerminal ? `${title}: ${outcome.skipped}` : outcome.skipped);
      else task.title = `${title}: ${outcome.done}`;
    },
  }));
  const timer = PRESET_TIMER;
  const list = new Listr(tasks, {
    rendererOptions: { timer, showErrorMessage: false },
    fallbackRenderer: 'simple',
    fallbackRendererOptions: { timer },
  });
  await list.run().catch((error: unknown) => {
    throw failure ?? error;
  });
}
