import { describe, expect, test } from 'vitest';

import { play, type Outcome } from './play.ts';
import type { Scenario, Stage } from './scenario.ts';
import type { Sighting } from './sighting.ts';

const STAGE = {} as Stage;
const NOTHING: Sighting = {
  pending: new Set(),
  firing: new Set(),
  held: new Set(),
  inhibited: new Set(),
  notified: new Set(),
  resolved: new Set(),
};

type Seen = Partial<Record<keyof Sighting, string[]>>;

interface World {
  /** What is seen so many seconds after the fault. */
  fault?: (seconds: number) => Seen;
  /** What is seen so many seconds after the healing. */
  after?: (seconds: number) => Seen;
  before?: Seen;
  alsoFires?: string[];
  faultError?: Error;
  healingError?: Error;
  /** When the drill is ended. */
  endAtMs?: number;
}

function fires(seconds: number): Seen {
  if (seconds < 5) return {};
  return { firing: ['A'], held: ['A'], notified: seconds < 15 ? [] : ['A'] };
}

function resolves(seconds: number): Seen {
  return seconds < 20 ? fires(100) : { notified: ['A'], resolved: ['A'] };
}

/** Plays a scenario of alert A in a world whose time passes only while somebody sleeps. */
async function playIn(world: World): Promise<Outcome & { healed: number; forgot: number }> {
  const { fault = fires, after = resolves, before = {}, endAtMs = Infinity } = world;
  const over = new AbortController();
  let nowMs = 0;
  let faultAtMs: number | undefined;
  let healedAtMs: number | undefined;
  let healed = 0;
  let forgot = 0;
  const scenario: Scenario = {
    alert: 'A',
    fault: 'something is broken',
    ...(world.alsoFires && { alsoFires: world.alsoFires }),
    async bringOn(healing) {
      healing.defer(async () => {
        healed += 1;
        healedAtMs = nowMs;
        if (world.healingError) throw world.healingError;
      });
      faultAtMs = nowMs;
      if (world.faultError) throw world.faultError;
    },
  };
  function now(): Seen {
    if (healedAtMs !== undefined) return after((nowMs - healedAtMs) / 1000);
    return faultAtMs === undefined ? before : fault((nowMs - faultAtMs) / 1000);
  }
  const outcome = await play(scenario, {
    stage: STAGE,
    signal: over.signal,
    clock: {
      nowMs: () => nowMs,
      async sleep(ms) {
        nowMs += ms;
        if (nowMs >= endAtMs) over.abort(new Error('Ctrl-C'));
        over.signal.throwIfAborted();
      },
    },
    watch: {
      async look() {
        const sets = Object.entries(now()).map(([name, names]) => [name, new Set(names)]);
        return { ...NOTHING, ...Object.fromEntries(sets) };
      },
      async forget() {
        forgot += 1;
      },
    },
  }).catch((error: Error) => {
    throw Object.assign(error, { healed });
  });
  return { ...outcome, healed, forgot };
}

describe('a scenario', () => {
  test('passes when its alert fires, is notified and resolves', async () => {
    expect(await playIn({})).toEqual({
      alert: 'A',
      fault: 'something is broken',
      firedAfterMs: 5000,
      notifiedAfterMs: 15_000,
      resolvedAfterMs: 20_000,
      others: new Map(),
      problems: [],
      healed: 1,
      forgot: 1,
    });
  });

  test('fails when its alert does not fire, and is healed', async () => {
    const { problems, healed } = await playIn({ fault: () => ({}) });
    expect(problems).toEqual(['did not fire within 150 s']);
    expect(healed).toBe(1);
  });

  test('says when its alert only pends', async () => {
    const { problems } = await playIn({ fault: () => ({ pending: ['A'] }) });
    expect(problems).toEqual(['did not fire, only pend, within 150 s']);
  });

  test('fails when nobody is told, and says why', async () => {
    const fired = { firing: ['A'], held: ['A'] };
    expect((await playIn({ fault: () => fired })).problems).toEqual([
      'fired and was not notified within 60 s',
    ]);
    const inhibited = { ...fired, inhibited: ['A'] };
    expect((await playIn({ fault: () => inhibited })).problems).toEqual([
      'fired and was not notified, being inhibited, within 60 s',
    ]);
  });

  test('fails when its alert goes on firing', async () => {
    const { problems } = await playIn({ after: () => fires(100) });
    expect(problems).toEqual(['went on firing once healed within 240 s']);
  });

  test('fails when nobody is told that it resolved', async () => {
    const { problems } = await playIn({ after: () => ({ notified: ['A'] }) });
    expect(problems).toEqual(['resolved, and nobody was told within 240 s']);
  });

  test('does not begin before what went before has ended', async () => {
    const { problems, healed } = await playIn({
      before: { firing: ['RelayWatchdog'], pending: ['B'], held: ['C', 'RelayWatchdog'] },
    });
    expect(problems).toEqual(['before the fault B, C did not rest within 330 s']);
    expect(healed).toBe(0);
  });

  test('fails when its fault cannot be brought on, and heals what was', async () => {
    const { problems, healed } = await playIn({ faultError: new Error('no such pod') });
    expect(problems).toEqual(['no such pod']);
    expect(healed).toBe(1);
  });

  test('fails when it cannot be healed', async () => {
    const { problems } = await playIn({ healingError: new Error('no such policy') });
    expect(problems).toEqual(['no such policy']);
  });

  test('is healed when the drill ends', async () => {
    await expect(playIn({ endAtMs: 8000 })).rejects.toMatchObject({
      message: 'Ctrl-C',
      healed: 1,
    });
  });
});

/** A fires, and of B this is seen. */
function withB(b: readonly (keyof Sighting)[]): (seconds: number) => Seen {
  return (seconds) => {
    const seen: Seen = { ...fires(seconds) };
    for (const name of b) seen[name] = [...(seen[name] ?? []), 'B'];
    return seen;
  };
}

describe('another alert', () => {
  test('that fires is a failure', async () => {
    const { others, problems } = await playIn({ fault: withB(['firing']) });
    expect(others).toEqual(new Map([['B', 'unexpected']]));
    expect(problems).toEqual(['B fired too']);
  });

  test('may fire when the scenario says so', async () => {
    const fault = withB(['firing', 'notified']);
    const { others, problems } = await playIn({ fault, alsoFires: ['B'] });
    expect(others).toEqual(new Map([['B', 'expected']]));
    expect(problems).toEqual([]);
  });

  test('may fire when Alertmanager keeps it back', async () => {
    const fault = withB(['firing', 'inhibited']);
    const { others, problems } = await playIn({ fault });
    expect(others).toEqual(new Map([['B', 'inhibited']]));
    expect(problems).toEqual([]);
  });

  test('that was kept back too late is a failure', async () => {
    const fault = withB(['firing', 'inhibited', 'notified']);
    expect((await playIn({ fault })).problems).toEqual(['B fired too']);
  });

  test('may outlive the cause that kept it back, and is notified then', async () => {
    const { others, problems } = await playIn({
      fault: withB(['firing', 'inhibited']),
      after: (seconds) => ({
        ...resolves(seconds),
        notified: ['A', 'B'],
      }),
    });
    expect(others).toEqual(new Map([['B', 'inhibited']]));
    expect(problems).toEqual([]);
  });

  test('that comes with the healing is a failure', async () => {
    const { problems } = await playIn({
      after: (seconds) => ({ ...resolves(seconds), firing: ['B'] }),
    });
    expect(problems).toEqual(['B fired too']);
  });
});
