import { setImmediate as turn } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { supervise, type Server } from './supervise.ts';

/** A server that the test ends. */
function fakeServer(events: string[]) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const server: Server = {
    stop: async () => {
      events.push('stop');
      resolve();
    },
    whenEnded: () => promise,
  };
  return { server, end: resolve };
}

function setUp({ failing = 0, runsForMs = 0 } = {}) {
  const events: string[] = [];
  const first = fakeServer(events);
  let latest = first;
  let now = 0;
  let left = failing;
  const supervised = supervise({
    name: 'Postgres',
    first: first.server,
    async start() {
      if (left > 0) {
        left -= 1;
        throw new Error('port 5432 is taken');
      }
      latest = fakeServer([]);
      return latest.server;
    },
    log: (message) => events.push(message),
    clock: {
      nowMs: () => now,
      sleep: async (ms, signal) => {
        events.push(`pause ${ms}`);
        signal.throwIfAborted();
      },
    },
  });
  return {
    events,
    supervised,
    /** The running server dies. */
    async crash() {
      now += runsForMs;
      latest.end();
      for (let turns = 0; turns < 10; turns += 1) await turn();
    },
  };
}

test('starts a server again that was killed, once its folder is free', async () => {
  const { events, crash } = setUp();
  await crash();
  expect(events).toEqual([
    'Postgres has ended unexpectedly.',
    'stop',
    'pause 500',
    'Postgres runs again.',
  ]);
});

test('gives up after five attempts, each after a longer pause', async () => {
  const { events, crash } = setUp({ failing: 99 });
  await crash();
  expect(events.filter((event) => event.startsWith('pause'))).toEqual(
    [500, 1000, 2000, 4000, 8000].map((ms) => `pause ${ms}`),
  );
  expect(events).toContain('Postgres cannot be started again: port 5432 is taken');
  expect(events.at(-1)).toBe('Postgres is not started again after 5 attempts.');
});

test('a server that ends soon after each start is given up as well', async () => {
  const { events, crash } = setUp();
  for (let times = 0; times < 8; times += 1) await crash();
  expect(events.filter((event) => event === 'Postgres runs again.')).toHaveLength(5);
});

test('a server that ran for a while begins with the first pause again', async () => {
  const { events, crash } = setUp({ runsForMs: 60_000 });
  for (let times = 0; times < 8; times += 1) await crash();
  expect(events.filter((event) => event === 'pause 500')).toHaveLength(8);
});

test('leaves a server alone that was stopped on purpose, until it is resumed', async () => {
  const { events, supervised, crash } = setUp();
  await supervised.stop();
  await crash();
  expect(events).toEqual(['stop']);
  await supervised.resume();
  expect(events).toEqual(['stop', 'Postgres runs again.']);
  await crash();
  expect(events).toContain('pause 500');
});

test('starts nothing again once it is stopped in a pause', async () => {
  const { events, supervised, crash } = setUp({ failing: 1 });
  const crashed = crash();
  await supervised.stop();
  await crashed;
  expect(events).not.toContain('Postgres runs again.');
});
