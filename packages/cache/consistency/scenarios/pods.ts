import { CRASH_POINTS, type CrashPoint } from '../messages.ts';
import type { Scenario, Stage } from '../scenario.ts';
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
  async run(stage) {
    for (let round = 0; round < stage.rounds; round += 1) {
      await stage.rest(300);
      await stage.fault({ name: 'killed pod', reach: 'some' }, async () => {
        await stage.fleet.kill(VICTIM);
        await stage.rest(1000);
      });
      await revive(stage);
    }
  },
};

function killedAt(name: string, points: readonly CrashPoint[], isInShortForm: boolean): Scenario {
  return {
    name,
    title: `SIGKILL ${points.join(', ')}`,
    modes: BOTH,
    isInShortForm,
    async run(stage) {
      for (const point of points) {
        await stage.fault({ name: `killed ${point}`, reach: 'some' }, async () => {
          await stage.fleet.crash(VICTIM, point, 'SIGKILL');
          await stage.rest(800);
        });
        await revive(stage);
      }
      await stage.rest(300);
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
  run: (stage) => stopAt(stage, CRASH_POINTS),
};

export const lateCommit: Scenario = {
  name: 'late-commit',
  title: 'SIGSTOP before the commit, past the end of the fence',
  modes: BOTH,
  isInShortForm: true,
  settings: SHORT_FENCE,
  run: (stage) => stopAt(stage, ['before-commit']),
};

async function stopAt(stage: Stage, points: readonly CrashPoint[]): Promise<void> {
  for (const point of points) {
    await stage.fault({ name: `stopped ${point}`, reach: 'some' }, async () => {
      await stage.fleet.crash(VICTIM, point, 'SIGSTOP');
      await stage.wait(1500);
      stage.fleet.thaw(VICTIM);
    });
    await stage.rest(500);
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
  title: 'outbox held up, a writer killed after its commit',
  modes: BOTH,
  isInShortForm: false,
  settings: SHORT_FENCE,
  async run(stage) {
    const { fleet, fault, rest, wait } = stage;
    // Nothing can repair what the killed pod left while the outbox is held up.
    await fault({ name: 'paused outbox', reach: 'none' }, async () => {
      await fleet.tell({ type: 'pause-outbox', isPaused: true });
      await fleet.crash(VICTIM, 'after-commit', 'SIGKILL');
      await wait(1500);
      await fleet.tell({ type: 'pause-outbox', isPaused: false });
    });
    await revive(stage);
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

async function revive({ fleet }: Stage): Promise<void> {
  await fleet.revive(VICTIM);
}
