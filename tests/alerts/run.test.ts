import { describe, expect, test } from 'vitest';

import type { Experiment, Fixture } from './experiment.ts';
import type { Observation } from './observation.ts';
import { runExperiment, type Outcome } from './run.ts';

const FIXTURE = {} as Fixture;
const NOTHING: Observation = {
  pending: new Set(),
  firing: new Set(),
  active: new Set(),
  inhibited: new Set(),
  notified: new Set(),
  resolved: new Set(),
};

type States = Partial<Record<keyof Observation, string[]>>;

interface World {
  before?: States;
  /** The alerts, so many seconds after the injection. */
  fault?: (seconds: number) => States;
  /** The alerts, so many seconds after the recovery. */
  after?: (seconds: number) => States;
  alsoFires?: string[];
  injectionError?: Error;
  recoveryError?: Error;
  abortAtMs?: number;
}

function fires(seconds: number): States {
  if (seconds < 5) return {};
  return { firing: ['A'], active: ['A'], notified: seconds < 15 ? [] : ['A'] };
}

function resolves(seconds: number): States {
  return seconds < 20 ? fires(100) : { notified: ['A'], resolved: ['A'] };
}

/** Runs an experiment of alert A in a world with time that passes only during sleeps. */
async function runIn(world: World): Promise<Outcome & { recoveries: number; clears: number }> {
  const { fault = fires, after = resolves, before = {}, abortAtMs = Infinity } = world;
  const abort = new AbortController();
  let nowMs = 0;
  let injectedAtMs: number | undefined;
  let recoveredAtMs: number | undefined;
  let recoveries = 0;
  let clears = 0;
  const experiment: Experiment = {
    fault: 'something is broken',
    ...(world.alsoFires && { alsoFires: world.alsoFires }),
    async inject(recovery) {
      recovery.defer(async () => {
        recoveries += 1;
        recoveredAtMs = nowMs;
        if (world.recoveryError) throw world.recoveryError;
      });
      injectedAtMs = nowMs;
      if (world.injectionError) throw world.injectionError;
    },
  };
  function states(): States {
    if (recoveredAtMs !== undefined) return after((nowMs - recoveredAtMs) / 1000);
    return injectedAtMs === undefined ? before : fault((nowMs - injectedAtMs) / 1000);
  }
  const outcome = await runExperiment('A', experiment, {
    fixture: FIXTURE,
    signal: abort.signal,
    clock: {
      nowMs: () => nowMs,
      async sleep(ms) {
        nowMs += ms;
        if (nowMs >= abortAtMs) abort.abort(new Error('Ctrl-C'));
        abort.signal.throwIfAborted();
      },
    },
    observer: {
      async observe() {
        const sets = Object.entries(states()).map(([name, names]) => [name, new Set(names)]);
        return { ...NOTHING, ...Object.fromEntries(sets) };
      },
      async clear() {
        clears += 1;
      },
    },
  }).catch((error: Error) => {
    throw Object.assign(error, { recoveries });
  });
  return { ...outcome, recoveries, clears };
}

describe('an experiment', () => {
  test('passes when its alert fires, is notified and resolves', async () => {
    expect(await runIn({})).toEqual({
      alert: 'A',
      fault: 'something is broken',
      firedAfterMs: 5000,
      notifiedAfterMs: 15_000,
      resolvedAfterMs: 20_000,
      others: {},
      problems: [],
      recoveries: 1,
      clears: 1,
    });
  });

  test('fails when its alert does not fire, and recovers', async () => {
    const { problems, recoveries } = await runIn({ fault: () => ({}) });
    expect(problems).toEqual(['did not fire within 150 s']);
    expect(recoveries).toBe(1);
  });

  test('reports that its alert was pending', async () => {
    const { problems } = await runIn({ fault: () => ({ pending: ['A'] }) });
    expect(problems).toEqual(['did not fire, only pend, within 150 s']);
  });

  test('fails without a notification, with the reason', async () => {
    const fired = { firing: ['A'], active: ['A'] };
    expect((await runIn({ fault: () => fired })).problems).toEqual([
      'fired and was not notified within 60 s',
    ]);
    const inhibited = { ...fired, inhibited: ['A'] };
    expect((await runIn({ fault: () => inhibited })).problems).toEqual([
      'fired and was not notified, being inhibited, within 60 s',
    ]);
  });

  test('fails when its alert keeps firing', async () => {
    const { problems } = await runIn({ after: () => fires(100) });
    expect(problems).toEqual(['kept firing after the recovery within 240 s']);
  });

  test('fails without a notification that its alert resolved', async () => {
    const { problems } = await runIn({ after: () => ({ notified: ['A'] }) });
    expect(problems).toEqual(['resolved without a notification within 240 s']);
  });

  test('does not start before earlier alerts have resolved', async () => {
    const { problems, recoveries } = await runIn({
      before: { firing: ['RelayWatchdog'], pending: ['B'], active: ['C', 'RelayWatchdog'] },
    });
    expect(problems).toEqual(['was not started: B, C did not resolve within 330 s']);
    expect(recoveries).toBe(0);
  });

  test('fails when the injection fails, and recovers', async () => {
    const { problems, recoveries } = await runIn({ injectionError: new Error('no such pod') });
    expect(problems).toEqual(['no such pod']);
    expect(recoveries).toBe(1);
  });

  test('fails when the recovery fails', async () => {
    const { problems } = await runIn({ recoveryError: new Error('no such policy') });
    expect(problems).toEqual(['no such policy']);
  });

  test('recovers when the run is aborted', async () => {
    await expect(runIn({ abortAtMs: 8000 })).rejects.toMatchObject({
      message: 'Ctrl-C',
      recoveries: 1,
    });
  });
});

/** A fires, and B has these states. */
function withB(states: readonly (keyof Observation)[]): (seconds: number) => States {
  return (seconds) => {
    const all: States = { ...fires(seconds) };
    for (const state of states) all[state] = [...(all[state] ?? []), 'B'];
    return all;
  };
}

describe('another alert', () => {
  test('that fires is a failure', async () => {
    const { others, problems } = await runIn({ fault: withB(['firing']) });
    expect(others).toEqual({ B: 'unexpected' });
    expect(problems).toEqual(['B fired too']);
  });

  test('may fire when the experiment expects it', async () => {
    const fault = withB(['firing', 'notified']);
    const { others, problems } = await runIn({ fault, alsoFires: ['B'] });
    expect(others).toEqual({ B: 'expected' });
    expect(problems).toEqual([]);
  });

  test('may fire while Alertmanager inhibits it', async () => {
    const fault = withB(['firing', 'inhibited']);
    const { others, problems } = await runIn({ fault });
    expect(others).toEqual({ B: 'inhibited' });
    expect(problems).toEqual([]);
  });

  test('that is inhibited too late is a failure', async () => {
    const fault = withB(['firing', 'inhibited', 'notified']);
    expect((await runIn({ fault })).problems).toEqual(['B fired too']);
  });

  test('may outlive the alert that inhibited it, and is notified then', async () => {
    const { others, problems } = await runIn({
      fault: withB(['firing', 'inhibited']),
      after: (seconds) => ({
        ...resolves(seconds),
        notified: ['A', 'B'],
      }),
    });
    expect(others).toEqual({ B: 'inhibited' });
    expect(problems).toEqual([]);
  });

  test('that fires after the recovery is a failure', async () => {
    const { problems } = await runIn({
      after: (seconds) => ({ ...resolves(seconds), firing: ['B'] }),
    });
    expect(problems).toEqual(['B fired too']);
  });
});
