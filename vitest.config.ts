import { defineConfig } from 'vitest/config';

// Five projects, distinguished by the ending of a test's name. Tests live beside their subject.
//   unit         no process, socket or disk but the test's own
//   integration  a real Postgres and, where one can be had, a real Redis, both started by the set-up
//   chart        the Helm chart, through helm, kubeconform and promtool; left out where one of them is missing
//   e2e          the product as a newcomer runs it: child processes, HTTP, signals
//   browser      the page in Chromium, against a Relay of npm start; left out without Chromium
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{packages,services,tools,load,grafana,tests}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.{integration,chart,cluster,e2e,browser}.test.ts'],
        },
      },
      {
        test: {
          name: 'integration',
          include: ['{packages,services,tools}/**/*.integration.test.ts'],
          globalSetup: ['./packages/dev-servers/src/vitest-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'chart',
          include: ['tests/**/*.chart.test.ts'],
          globalSetup: ['./tests/chart/vitest-setup.ts'],
          setupFiles: ['./tests/chart/skip-without-tools.ts'],
          // The files of a worker share helm's output.
          isolate: false,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['{packages,services,tools,load,tests}/**/*.e2e.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['tests/browser/*.browser.test.ts'],
          globalSetup: ['./tests/browser/support/set-up.ts'],
          setupFiles: ['./tests/browser/support/skip-without-chromium.ts'],
          // Some of them lose the Redis of all.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['{packages,services}/**/src/**/*.ts', '{tools,load,grafana}/**/*.ts'],
      // Code that only k6 can run.
      exclude: ['**/*.test.ts', 'load/{k6,scenarios}/**'],
      reporter: ['text-summary', 'lcov', 'json-summary'],
    },
  },
});
