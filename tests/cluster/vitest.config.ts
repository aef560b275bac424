import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

import { settings } from './support/settings.ts';

const isNumbered = ({ moduleId }: TestSpecification) => /\/\d\d-[^/]*$/.test(moduleId);

/** By name: the numbers order the tests from read-only ones to those that cause outages. Other folders follow. */
class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted(
      (a, b) =>
        Number(isNumbered(b)) - Number(isNumbered(a)) || a.moduleId.localeCompare(b.moduleId),
    );
  }
}

// `npm run cluster:test`: one file after the other, since all share the deployed release. `npm test` runs none
// of them.
export default defineConfig({
  test: {
    include: [
      'tests/cluster/*.cluster.test.ts',
      'tests/browser/*.browser.test.ts',
      // It loads an image of its own into the nodes.
      ...(settings.kindCluster ? ['tests/cluster/production/*.cluster.test.ts'] : []),
    ],
    globalSetup: [
      './tests/cluster/support/global-setup.ts',
      './tests/browser/support/cluster-set-up.ts',
    ],
    setupFiles: [
      './tests/cluster/support/each-file.ts',
      './tests/browser/support/skip-without-chromium.ts',
    ],
    reporters: ['default', './tests/cluster/support/findings-reporter.ts'],
    sequence: { sequencer: InOrder },
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
