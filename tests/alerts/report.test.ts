import { expect, test } from 'vitest';

import { list, report } from './report.ts';
import type { Outcome } from './run.ts';

const PASSED: Outcome = {
  alert: 'RelayRedisDown',
  fault: 'Redis has no pod',
  firedAfterMs: 8200,
  notifiedAfterMs: 18_700,
  resolvedAfterMs: 21_000,
  others: { RelayCacheDown: 'inhibited', RelayCacheSlow: 'expected' },
  problems: [],
};
const NOT_RUN = [{ alert: 'RelayWatchdog', reason: 'It always fires.' }];

test('the table has the times, the other alerts that fired, and the alerts without an experiment', () => {
  const rows = report([PASSED], NOT_RUN).split('\n');
  expect(rows.map((row) => row.replaceAll(/ {2,}|-{3,}/g, ' ').trim())).toEqual([
    '| alert | fires | notified | resolved | others that fired | fault |',
    expect.any(String),
    '| RelayRedisDown | 8 s | 19 s | 21 s | RelayCacheDown (inhibited), RelayCacheSlow (expected) | Redis has no pod |',
    '',
    '| not run | why |',
    expect.any(String),
    '| RelayWatchdog | It always fires. |',
  ]);
});

test('a failure has its reasons', () => {
  const failed: Outcome = {
    alert: 'RelayCacheSlow',
    fault: 'Redis is slow',
    firedAfterMs: 8000,
    others: {},
    problems: ['fired and was not notified within 60 s', 'RelayCacheDown fired too'],
  };
  const text = report([PASSED, failed], []);
  expect(text).toMatch(/^\| RelayCacheSlow \| +8 s \| +- \| +- \|/m);
  expect(text).toContain(
    '\n\nRelayCacheSlow FAILED: fired and was not notified within 60 s; RelayCacheDown fired too',
  );
  expect(text).not.toContain('RelayRedisDown FAILED');
});

test('the list has experiments and reasons', () => {
  const experiment = { fault: 'Redis has no pod', async inject() {} };
  const runnable = [{ alert: 'RelayRedisDown', experiment }];
  const text = list({ runnable, notRun: NOT_RUN });
  expect(text).toContain('| RelayRedisDown | Redis has no pod |');
  expect(text).toContain('| RelayWatchdog | It always fires. |');
});
