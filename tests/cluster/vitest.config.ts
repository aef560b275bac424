import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

import { settings } from './support/settings.ts';

/** By name: the numbers order the tests from read-only ones to those that cause outages; `production` is last. */
class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => a.moduleId.localeCompare(b.moduleId));
  }
}

// `npm run cluster:test`: one file after the other, since all share the deployed release. `npm test` runs none
// of them.
export default defineConfig({
  test: {
    include: [
      'tests/cluster/*.cluster.test.ts',
      // It loads an image of its own into the nodes.
      ...(settings.kindCluster ? ['tests/cluster/production/*.cluster.test.ts'] : []),
    ],
    globalSetup: ['./tests/cluster/support/global-setup.ts'],
    setupFiles: ['./tests/cluster/support/each-file.ts'],
    reporters: ['default', './tests/cluster/support/findings-reporter.ts'],
    sequence: { sequencer: InOrder },
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
