import { CRASH_POINTS, type CrashPoint } from '../messages.ts';
import type { Scenario, ScenarioContext } from '../scenario.ts';
import { sendQuery } from '../schema.ts';

const VICTIM = 0;
const BOTH = ['available', 'strict'] as const;
/** It expires while a pod is stopped. */
const SHORT_FENCE = { fenceMs: 1000, operationTimeoutMs: 500 };

export const killedPod: Scenario = {
  name: 'killed-pod',
  title: 'SIGKILL of a pod at any time',
  modes: BOTH,
  isInShortForm: false,
  async run(context) {
    for (let round = 0; round < context.rounds; round += 1) {
      await context.rest(300);
      await context.fault({ name: 'killed pod', reach: 'some' }, async () => {
        await context.fleet.kill(VICTIM);
        await context.rest(1000);
      });
      await revive(context);
    }
  },
};

function killedAt(name: string, points: readonly CrashPoint[], isInShortForm: boolean): Scenario {
  return {
    name,
    title: `SIGKILL ${points.join(', ')}`,
    modes: BOTH,
    isInShortForm,
    async run(context) {
      for (const point of points) {
        await context.fault({ name: `killed ${point}`, reach: 'some' }, async () => {
          await context.fleet.crash(VICTIM, point, 'SIGKILL');
          await context.rest(800);
        });
        await revive(context);
      }
      await context.rest(300);
    },
  };
}

export const killedAfterCommit = killedAt('killed-after-commit', ['after-commit'], true);
export const killedAtEachStep = killedAt('killed-at-each-step', CRASH_POINTS, false);

export const stoppedAtEachStep: Scenario = {
  name: 'stopped-at-each-step',
  title: 'SIGSTOP at each step, past the end of the fence',
  modes: BOTH,
  isInShortForm: false,
  settings: SHORT_FENCE,
  run: (context) => stopAt(context, CRASH_POINTS),
};

export const lateCommit: Scenario = {
  name: 'late-commit',
  title: 'SIGSTOP before the commit, past the end of the fence',
  modes: BOTH,
  isInShortForm: true,
  settings: SHORT_FENCE,
  run: (context) => stopAt(context, ['before-commit']),
};

async function stopAt(context: ScenarioContext, points: readonly CrashPoint[]): Promise<void> {
  for (const point of points) {
    await context.fault({ name: `stopped ${point}`, reach: 'some' }, async () => {
      await context.fleet.crash(VICTIM, point, 'SIGSTOP');
      await context.wait(1500);
      context.fleet.thaw(VICTIM);
    });
    await context.rest(500);
  }
}

export const frozenPod: Scenario = {
  name: 'frozen-pod',
  title: 'SIGSTOP of a pod at any time',
  modes: BOTH,
  isInShortForm: false,
  settings: SHORT_FENCE,
  async run({ fleet, fault, rest, wait, rounds }) {
    for (let round = 0; round < rounds; round += 1) {
      await rest(300);
      await fault({ name: 'frozen pod', reach: 'some' }, async () => {
        fleet.freeze(VICTIM);
        await wait(1500);
        fleet.thaw(VICTIM);
      });
    }
    await rest(500);
  },
};

export const pausedOutbox: Scenario = {
  name: 'paused-outbox',
  title: 'outbox paused, a writer killed after its commit',
  modes: BOTH,
  isInShortForm: false,
  settings: SHORT_FENCE,
  async run(context) {
    const { fleet, fault, rest, wait } = context;
    // Nothing can invalidate the killed pod's writes while the outbox is paused.
    await fault({ name: 'paused outbox', reach: 'none' }, async () => {
      await fleet.send({ type: 'pause-outbox', isPaused: true });
      await fleet.crash(VICTIM, 'after-commit', 'SIGKILL');
      await wait(1500);
      await fleet.send({ type: 'pause-outbox', isPaused: false });
    });
    await revive(context);
    await rest(500);
  },
};

export const unknownOutcome: Scenario = {
  name: 'unknown-outcome',
  title: 'database sessions ended during commits',
  modes: BOTH,
  isInShortForm: false,
  async run({ databaseUrl, fault, rest, wait, rounds }) {
    const sql = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'COMMIT%'`;
    await fault({ name: 'ended sessions', reach: 'some' }, async () => {
      for (let round = 0; round < 10 * rounds; round += 1) {
        await sendQuery(databaseUrl, sql);
        await wait(100);
      }
    });
    await rest(500);
  },
};

async function revive({ fleet }: ScenarioContext): Promise<void> {
  await fleet.revive(VICTIM);
}
