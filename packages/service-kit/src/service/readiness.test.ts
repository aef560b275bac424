import { expect, test } from 'vitest';

import type { DatabaseHealth } from '../postgres/check.ts';
import { captureLog } from '../testing/log.ts';
import { watchReadiness } from './readiness.ts';

const MINUTE_MS = 60_000;
const UP: DatabaseHealth = { status: 'up' };
const down = (reason: string): DatabaseHealth => ({ status: 'down', reason });

function setUp(...databases: DatabaseHealth[]) {
  let nowMs = 0;
  let paused = Promise.withResolvers<void>();
  let resume: (() => void) | undefined;
  const { log, lines } = captureLog();
  const draining = new AbortController();
  const readiness = watchReadiness({
    checks: databases.map((_database, index) => async () => databases[index]!),
    log,
    draining: draining.signal,
    now: () => nowMs,
    pause: () =>
      new Promise<void>((resolve) => {
        resume = resolve;
        paused.resolve();
      }),
  });
  return {
    readiness,
    draining,
    logged: () => lines().map(({ msg, level, reasons }) => ({ msg, level, reasons })),
    /** The databases become this, so much later; resolves after the next check. */
    async becomes(next: DatabaseHealth[], afterMs: number) {
      await paused.promise;
      paused = Promise.withResolvers();
      nowMs += afterMs;
      databases.splice(0, databases.length, ...next);
      resume?.();
      await Promise.race([paused.promise, readiness.ready]);
    },
  };
}

const warning = (...reasons: string[]) => ({ msg: 'Not ready', level: 40, reasons });
const READY = { msg: 'Ready', level: 30, reasons: undefined };

test('is ready once every database is', async () => {
  const { readiness, logged } = setUp(UP, UP);
  expect(readiness.reasons()).toHaveLength(1);
  await readiness.ready;
  expect(readiness.reasons()).toEqual([]);
  expect(logged()).toEqual([READY]);
});

test('logs each cause once, and again when five minutes have passed', async () => {
  const { readiness, logged, becomes } = setUp(down('no server'), UP);
  await becomes([down('no server'), UP], MINUTE_MS);
  expect(readiness.reasons()).toEqual(['no server']);
  expect(logged()).toEqual([warning('no server')]);

  await becomes([down('wrong password'), down('no schema')], 1);
  expect(logged().slice(1)).toEqual([warning('wrong password', 'no schema')]);
  await becomes([down('wrong password'), down('no schema')], 5 * MINUTE_MS - 1);
  expect(logged()).toHaveLength(2);
  await becomes([down('wrong password'), down('no schema')], 1);
  expect(logged().slice(2)).toEqual([warning('wrong password', 'no schema')]);

  await becomes([UP, UP], 1);
  expect(logged().slice(3)).toEqual([READY]);
});

test('is not ready while the process shuts down', async () => {
  const { readiness, draining } = setUp(UP);
  await readiness.ready;
  draining.abort();
  expect(readiness.reasons()).toEqual(['the process is shutting down']);
});
