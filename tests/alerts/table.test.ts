import { expect, test } from 'vitest';

import type { Outcome } from './play.ts';
import { list, report } from './table.ts';

const PASSED: Outcome = {
  alert: 'RelayRedisDown',
  fault: 'Redis has no pod',
  firedAfterMs: 8200,
  notifiedAfterMs: 18_700,
  resolvedAfterMs: 21_000,
  others: new Map([
    ['RelayCacheDown', 'inhibited'],
    ['RelayCacheSlow', 'expected'],
  ]),
  problems: [],
};
const NOT_DRILLED = [{ alert: 'RelayWatchdog', reason: 'fires always' }];

test('the table has the times, what else fired, and what was not drilled', () => {
  const rows = report([PASSED], NOT_DRILLED).split('\n');
  expect(rows.map((row) => row.replaceAll(/ {2,}|-{3,}/g, ' ').trim())).toEqual([
    '| alert | fires | notified | resolved | others that fired | fault |',
    expect.any(String),
    '| RelayRedisDown | 8 s | 19 s | 21 s | RelayCacheDown (inhibited), RelayCacheSlow (expected) | Redis has no pod |',
    '',
    '| not drilled | why |',
    expect.any(String),
    '| RelayWatchdog | fires always |',
  ]);
});

test('what failed says why', () => {
  const failed: Outcome = {
    alert: 'RelayCacheSlow',
    fault: 'Redis is slow',
    firedAfterMs: 8000,
    others: new Map(),
    problems: ['fired and was not notified within 60 s', 'RelayCacheDown fired too'],
  };
  const text = report([PASSED, failed], []);
  expect(text).toMatch(/^\| RelayCacheSlow \| +8 s \| +- \| +- \|/m);
  expect(text).toContain(
    '\n\nRelayCacheSlow FAILED: fired and was not notified within 60 s; RelayCacheDown fired too',
  );
  expect(text).not.toContain('RelayRedisDown FAILED');
});

test('the list has scenarios and reasons', () => {
  const scenario = { alert: 'RelayRedisDown', fault: 'Redis has no pod', async bringOn() {} };
  const text = list([scenario], NOT_DRILLED);
  expect(text).toContain('| RelayRedisDown | Redis has no pod |');
  expect(text).toContain('| RelayWatchdog | fires always |');
});
