import { writeFile } from 'node:fs/promises';

import type { Reporter, TestCase, TestModule, TestRunEndReason } from 'vitest/node';

import type { Experiments } from './experiments.ts';
import { report } from './report.ts';

interface ReporterOptions {
  /** A file that gets the report too. */
  out: string | undefined;
  notRun: Experiments['notRun'];
}

/** Prints the table of the experiments at the end. */
export class DrillReporter implements Reporter {
  /** Every experiment ran and passed. */
  passed = false;
  readonly #options: ReporterOptions;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  onTestCaseReady(test: TestCase): void {
    if (test.options.mode === 'run') process.stdout.write(`${test.name} …\n`);
  }

  async onTestRunEnd(
    modules: readonly TestModule[],
    _errors: readonly unknown[],
    reason: TestRunEndReason,
  ): Promise<void> {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const outcomes = tests.flatMap((test) => test.meta().outcome ?? []);
    this.passed = reason === 'passed' && outcomes.length > 0;
    if (outcomes.length === 0) return;
    const text = report(outcomes, this.#options.notRun);
    process.stdout.write(`\n${text}\n\n`);
    if (this.#options.out !== undefined) await writeFile(this.#options.out, `${text}\n`);
  }
}
