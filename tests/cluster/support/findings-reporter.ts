import type { Reporter, TestModule } from 'vitest/node';

/** Prints what the tests have found, their annotations, when all have run. */
export default class FindingsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines = modules.flatMap((module) => {
      const found = [...module.children.allTests()].flatMap((test) => test.annotations());
      if (found.length === 0) return [];
      return ['', title(module), ...found.map(({ message }) => `  ${message}`)];
    });
    if (lines.length > 0) process.stdout.write(`\nWhat was found\n${lines.join('\n')}\n\n`);
  }
}

/** `10-rollout.test.ts` is `rollout`. */
function title({ relativeModuleId }: TestModule): string {
  const name = relativeModuleId.split('/').at(-1)!;
  return name.replace(/^\d+-/, '').replace('.test.ts', '').replaceAll('-', ' ');
}
