import { expect, test } from 'vitest';

import { clientsFor, PLANS, rateAt, stressStages, upAndDown } from './plans.ts';

test('a rate rises for a fifth of the time, stays, and falls', () => {
  expect(upAndDown(200, 300)).toEqual([
    { target: 200, seconds: 60 },
    { target: 200, seconds: 180 },
    { target: 0, seconds: 60 },
  ]);
});

test('the shortest of runs still has all its stages', () => {
  for (const { seconds } of [...upAndDown(10, 1), ...stressStages(10, 1)]) {
    expect(seconds).toBeGreaterThan(0);
  }
});

test('returns the rate at which a run ended', () => {
  const stages = stressStages(2000, 101);
  expect(rateAt(stages, 0)).toBe(0);
  expect(rateAt(stages, 1)).toBe(100);
  expect(rateAt(stages, 51)).toBe(1050);
  expect(rateAt(stages, 101)).toBe(2000);
  expect(rateAt(stages, 500)).toBe(2000);
});

test('clients are bounded, and some are there from the start', () => {
  expect(clientsFor(1)).toEqual({ preAllocatedVUs: 10, maxVUs: 20 });
  expect(clientsFor(200)).toEqual({ preAllocatedVUs: 100, maxVUs: 200 });
  expect(clientsFor(100_000).maxVUs).toBe(1000);
});

test('no scenario is longer by default than it may be', () => {
  for (const { seconds, maxSeconds = Infinity } of Object.values<{
    seconds: number;
    maxSeconds?: number;
  }>(PLANS)) {
    expect(seconds).toBeLessThanOrEqual(maxSeconds);
  }
});
