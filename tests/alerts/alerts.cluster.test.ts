import { setTimeout as sleep } from 'node:timers/promises';

import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';

import { logIn } from '../cluster/support/api.ts';
import type { Fixture } from './experiment.ts';
import { loadExperiments } from './experiments.ts';
import { createObserver } from './fixture/observer.ts';
import { connectWebhook } from './fixture/webhook.ts';
import { describeOutcome } from './report.ts';
import { runExperiment, type Outcome } from './run.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** For the report. */
    outcome?: Outcome;
  }
}

const { runnable } = await loadExperiments();
const observer = createObserver(connectWebhook());
let fixture: Fixture;
beforeAll(async () => {
  fixture = { client: await logIn(inject('email')) };
});

test.for(runnable)('$alert', async ({ alert, experiment }, { signal, task, annotate }) => {
  const clock = {
    nowMs: () => performance.now(),
    sleep: (ms: number) => sleep(ms, undefined, { signal }),
  };
  const environment = { fixture, observer, clock, signal };
  const running = runExperiment(alert, experiment, environment);
  // Vitest drops a cancelled test, but waits for its hooks: the fault has to recover.
  onTestFinished(() =>
    running.then(
      () => undefined,
      () => undefined,
    ),
  );
  task.meta.outcome = await running;
  await annotate(`${experiment.fault}: ${describeOutcome(task.meta.outcome)}`);
  expect(task.meta.outcome.problems).toEqual([]);
});
