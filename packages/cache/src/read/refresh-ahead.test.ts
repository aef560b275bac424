import { describe, expect, it } from 'vitest';

import { seededRandom } from '../testing/seeded-random.ts';
import { shouldRefresh } from './refresh-ahead.ts';

const SAMPLES = 20_000;
const half = () => 0.5;
const entry = { nowMs: 0, expiresAtMs: 1000, loadMs: 100, beta: 1 };

describe('shouldRefresh', () => {
  it.each([
    { leftMs: 10, beta: 1 },
    { leftMs: 100, beta: 1 },
    { leftMs: 300, beta: 1 },
    { leftMs: 300, beta: 2 },
    { leftMs: 100, beta: 0.5 },
  ])('refreshes with the probability of the paper: $leftMs ms left, beta $beta', (sample) => {
    const expected = Math.exp(-sample.leftMs / (sample.beta * entry.loadMs));
    expect(shareOfRefreshes(sample)).toBeCloseTo(expected, 1.7);
  });

  it('leaves an entry with much time left to itself', () => {
    expect(shareOfRefreshes({ leftMs: 100 * entry.loadMs, beta: 1 })).toBe(0);
  });

  it('refreshes slow loads earlier than quick ones', () => {
    const nowMs = 900;
    expect(shouldRefresh({ ...entry, nowMs, loadMs: 1000, random: half })).toBe(true);
    expect(shouldRefresh({ ...entry, nowMs, loadMs: 1, random: half })).toBe(false);
  });

  it.each([1000, 1001, 5000])(
    'never refreshes an entry past its time: at %d of 1000 ms',
    (nowMs) => {
      expect(shouldRefresh({ ...entry, nowMs, random: () => 0.999_999 })).toBe(false);
    },
  );

  it('is off with a beta of 0', () => {
    for (const random of [() => 0, () => 1 - Number.EPSILON]) {
      expect(shouldRefresh({ ...entry, nowMs: 999, beta: 0, random })).toBe(false);
    }
  });

  it('refreshes nothing when the random number is 0', () => {
    expect(shouldRefresh({ ...entry, nowMs: 999, random: () => 0 })).toBe(false);
  });
});

function shareOfRefreshes({ leftMs, beta }: { leftMs: number; beta: number }): number {
  const random = seededRandom(42);
  let refreshes = 0;
  for (let i = 0; i < SAMPLES; i += 1) {
    const input = { nowMs: 0, expiresAtMs: leftMs, loadMs: entry.loadMs, beta, random };
    if (shouldRefresh(input)) refreshes += 1;
  }
  return refreshes / SAMPLES;
}
