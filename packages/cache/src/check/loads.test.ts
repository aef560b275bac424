import { expect, it } from 'vitest';

import { createLoadCounter } from './loads.ts';

it('counts one load for each life of an entry', () => {
  const counter = createLoadCounter(100);
  for (const at of [0, 110, 220]) counter.add('a', at, at + 10);
  expect(counter.report()).toEqual({ loads: 3, expiries: 3, loadsPerExpiry: 1, worst: 1 });
});

it('counts loads that overlap, or begin while the entry lives, to the same expiry', () => {
  const counter = createLoadCounter(100);
  for (const at of [5, 0, 60, 200]) counter.add('a', at, at + 10);
  expect(counter.report()).toEqual({ loads: 4, expiries: 2, loadsPerExpiry: 2, worst: 3 });
});

it('keeps keys apart', () => {
  const counter = createLoadCounter(100);
  counter.add('a', 0, 1);
  counter.add('b', 0, 1);
  expect(counter.report().loadsPerExpiry).toBe(1);
});

it('reports zero without loads', () => {
  expect(createLoadCounter(100).report().loadsPerExpiry).toBe(0);
});
