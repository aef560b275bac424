import { readdir } from 'node:fs/promises';
import path from 'node:path';

import { expect, test } from 'vitest';

import { CACHE_ANSWERS, CALLS } from './calls.ts';
import { SCENARIO_NAMES } from './plans.ts';
import { USAGE } from './runner/options.ts';
import { CALLS_OF, PREPARATION, thresholdsOf } from './thresholds.ts';

const scenarios = SCENARIO_NAMES.map((name) => [name, thresholdsOf(name)] as const);

test('there is a file for each scenario of the help, and no other', async () => {
  const files = await readdir(path.join(import.meta.dirname, 'scenarios'));
  expect(files.toSorted()).toEqual(SCENARIO_NAMES.map((name) => `${name}.ts`).toSorted());
  for (const name of SCENARIO_NAMES) expect(USAGE).toMatch(new RegExp(`^  ${name} `, 'm'));
});

test.each(scenarios)('the tags in the thresholds of %s exist', (name, thresholds) => {
  const known = [
    ...[...PREPARATION, ...CALLS_OF[name]].map((call) => `name:${call}`),
    ...CACHE_ANSWERS.map((answer) => `cache:${answer}`),
  ];
  const tags = Object.keys(thresholds).flatMap((metric) => /\{(.+)\}$/.exec(metric)?.[1] ?? []);
  expect(known).toEqual(expect.arrayContaining(tags));
});

test.each(scenarios)(
  '%s fails when requests fail, or a call was never made',
  (name, thresholds) => {
    expect(thresholds['http_req_failed']).toHaveLength(1);
    const made = CALLS_OF[name].map((call) => thresholds[`http_reqs{name:${call}}`]);
    expect(made).toEqual(made.map(() => ['count>0']));
  },
);

test('each name is of one call', () => {
  expect(new Set(Object.values(CALLS)).size).toBe(Object.keys(CALLS).length);
});

test('a herd may load once, on all pods together', () => {
  expect(thresholdsOf('herd')['loads_per_expiry']).toEqual(['max<=1', 'avg>0']);
});

test('a stress test ends at its thresholds', () => {
  for (const metric of ['http_req_failed', 'http_req_duration', 'dropped_iterations']) {
    expect(thresholdsOf('stress')[metric]).toEqual([
      expect.objectContaining({ abortOnFail: true }),
    ]);
  }
});
