import type { Reporter, TestModule } from 'vitest/node';

/** Prints the annotations of all tests at the end. */
export default class FindingsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines = modules.flatMap((module) => {
      const annotations = [...module.children.allTests()].flatMap((test) => test.annotations());
      if (annotations.length === 0) return [];
      return ['', title(module), ...annotations.map(({ message }) => `  ${message}`)];
    });
    if (lines.length > 0) process.stdout.write(`\nFindings\n${lines.join('\n')}\n\n`);
  }
}

/** `10-rollout.cluster.test.ts` is `rollout`. */
function title({ relativeModuleId }: TestModule): string {
  const name = relativeModuleId.split('/').at(-1)!;
  return name.replace(/^\d+-/, '').replace('.cluster.test.ts', '').replaceAll('-', ' ');
}
