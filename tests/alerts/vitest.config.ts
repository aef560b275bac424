import { defineConfig } from 'vitest/config';

// `npm run drill`: one experiment after the other, since all share one release.
export default defineConfig({
  test: {
    include: ['tests/alerts/alerts.cluster.test.ts'],
    globalSetup: ['./tests/alerts/fixture/global-setup.ts'],
    // A Ctrl-C must not reach the tests but through their signal.
    pool: 'threads',
    // Longer than the deadlines of one experiment together.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    // helm rolls the release back.
    teardownTimeout: 900_000,
  },
});
