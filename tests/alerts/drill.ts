import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { assertDeployed } from '../cluster/support/deployed.ts';
import { allErrors } from './errors.ts';
import { assertKnown, type DrillOptions } from './options.ts';
import { play, type Outcome } from './play.ts';
import type { Scenario } from './scenario.ts';
import { NOT_DRILLED, SCENARIOS } from './scenarios/index.ts';
import { setStage } from './stage/stage.ts';
import { describeOutcome, list, report } from './table.ts';

const say = (message: string) => void process.stdout.write(`${message}\n`);
const over = new AbortController();
const { signal } = over;

/** @returns the exit code */
export async function run(options: DrillOptions): Promise<number> {
  const known = SCENARIOS.map(({ alert }) => alert);
  assertKnown(options, known);
  if (options.list) {
    say(list(SCENARIOS, NOT_DRILLED));
    return 0;
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (!signal.aborted) say('Healing and putting everything back …');
      over.abort();
    });
  }
  // The chart and the values are named from the root.
  process.chdir(`${import.meta.dirname}/../..`);
  return drill(options);
}

async function drill({ only, out }: DrillOptions): Promise<number> {
  await assertDeployed();
  const scenarios = SCENARIOS.filter(({ alert }) => !only || only.includes(alert));
  const outcomes: Outcome[] = [];
  const restoring = new AsyncDisposableStack();
  let isPutBack: boolean;
  try {
    await playAll(scenarios, restoring, outcomes);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    isPutBack = await putBack(restoring);
    const text = report(outcomes, only ? [] : NOT_DRILLED);
    if (outcomes.length > 0) {
      say(`\n${text}\n`);
      if (out !== undefined) await writeFile(out, `${text}\n`);
    }
  }
  const passed = outcomes.filter(({ problems }) => problems.length === 0);
  return isPutBack && passed.length === scenarios.length ? 0 : 1;
}

async function playAll(
  scenarios: readonly Scenario[],
  restoring: AsyncDisposableStack,
  outcomes: Outcome[],
): Promise<void> {
  const clock = {
    nowMs: () => performance.now(),
    sleep: (ms: number) => sleep(ms, undefined, { signal }),
  };
  const { stage, watch } = await setStage({ restoring, say });
  for (const scenario of scenarios) {
    signal.throwIfAborted();
    say(`${scenario.alert}: ${scenario.fault} …`);
    const outcome = await play(scenario, { stage, watch, clock, signal });
    outcomes.push(outcome);
    say(`  ${describeOutcome(outcome)}`);
  }
}

/** @returns whether all is as it was found */
async function putBack(restoring: AsyncDisposableStack): Promise<boolean> {
  say('Putting everything back …');
  try {
    await restoring.disposeAsync();
    return true;
  } catch (error) {
    for (const { message } of allErrors(error)) say(`Not put back: ${message}`);
    return false;
  }
}
