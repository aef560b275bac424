import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { outboxMigration } from '@relay/cache/outbox';

import { startFleet, type Fleet } from './fleet.ts';
import type { Consistency } from './messages.ts';
import type { Options } from './options.ts';
import { createRandom } from './random.ts';
import type { Recorder } from './recorder.ts';
import { runScenario, type Outcome } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIO_OF_BUG, SCENARIOS } from './scenarios/all.ts';
import { calm } from './scenarios/calm.ts';
import { createTables, sendQuery } from './schema.ts';

/** The package's own. */
const DEFAULT_OPERATION_TIMEOUT_MS = 250;

/** A seeded mistake that has not shown by then is not found. */
const MAX_BUG_MS = 30_000;

export interface RunOptions extends Options {
  /** An empty database. */
  databaseUrl: string;
  onOutcome?: (outcome: Outcome) => void;
}

/** Runs the scenarios that the options select, one after the other, on one set of pods. */
export async function runConsistency(options: RunOptions): Promise<Outcome[]> {
  const { databaseUrl, boundSeconds, isShort, seed, bug, onOutcome } = options;
  await createTables(databaseUrl);
  await sendQuery(databaseUrl, outboxMigration().up);
  const folder = await mkdtemp(path.join(tmpdir(), 'consistency-'));
  let recorder: Recorder | undefined;
  const fleet: Fleet = await startFleet(options.pods, (pod) => recorder?.dropPod(pod));
  const startedAt = performance.now();
  const outcomes: Outcome[] = [];
  try {
    for (const [index, { scenario, consistency }] of selectRuns(options).entries()) {
      const racyBefore = outcomes.reduce((sum, { scan }) => sum + scan.racyReads, 0);
      const outcome = await runScenario({
        scenario,
        consistency,
        bug,
        fleet,
        databaseUrl,
        folder: path.join(folder, String(index)),
        // Rows of earlier scenarios are left alone: each has ids of its own.
        base: 1 + index * 10_000,
        scale: isShort ? 1 : 5,
        // The short form shares its machine with other tests: late answers must not count as faults.
        operationTimeoutMs: isShort ? 1000 : DEFAULT_OPERATION_TIMEOUT_MS,
        boundMs: boundSeconds * 1000,
        seed: seed + index,
        random: createRandom(seed + index),
        hasEnough: ({ racyReads, staleOutside }) => {
          const elapsedMs = performance.now() - startedAt;
          if (bug !== undefined) return staleOutside > 0 || elapsedMs > MAX_BUG_MS;
          const share = shareOf(consistency);
          return (
            racyBefore + racyReads >= options.racyReads * share &&
            elapsedMs >= options.minutes * 60_000 * share
          );
        },
        onRecorder: (next) => void (recorder = next),
      });
      outcomes.push(outcome);
      onOutcome?.(outcome);
    }
  } finally {
    await fleet.close();
    await rm(folder, { recursive: true, force: true });
  }
  return outcomes;
}

/** How much of a long run is done when the calm scenario ends in this mode: strict is first. */
function shareOf(consistency: Consistency): number {
  return consistency === 'strict' ? 0.5 : 1;
}

interface Run {
  scenario: Scenario;
  consistency: Consistency;
}

function selectRuns({ only, bug, isShort }: Options): Run[] {
  if (bug !== undefined) return [{ scenario: SCENARIO_OF_BUG[bug], consistency: 'available' }];
  const unknown = only.find((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown !== undefined) {
    throw new Error(`no scenario ${unknown}: ${SCENARIOS.map(({ name }) => name).join(', ')}`);
  }
  if (only.length > 0) {
    return inOrder(SCENARIOS.filter(({ name }) => only.includes(name)).flatMap(inAllModes));
  }
  if (!isShort) return inOrder(SCENARIOS.flatMap(inAllModes));
  const short = SCENARIOS.filter(({ isInShortForm }) => isInShortForm);
  return inOrder(
    // One mode for each fault, in turn: the long form has them all.
    short.flatMap((scenario, index) =>
      scenario === calm
        ? inAllModes(scenario)
        : [inAllModes(scenario).at(index % scenario.modes.length)!],
    ),
  );
}

function inAllModes(scenario: Scenario): Run[] {
  return scenario.modes.map((consistency) => ({ scenario, consistency }));
}

/** The scenario that is filled up, in the service's own mode, comes last. */
function inOrder(runs: readonly Run[]): Run[] {
  return runs.toSorted((a, b) => order(a) - order(b));
}

function order({ scenario, consistency }: Run): number {
  const isLast = scenario === calm && consistency === 'available';
  return isLast ? 1 : 0;
}
