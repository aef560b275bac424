import { expect, it } from 'vitest';

import { median, medianRound, medians } from './median.ts';

it('takes the middle of an odd number of values, and the mean of the two in the middle of an even one', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

it('takes the round in the middle, or the median of each figure', () => {
  const rounds = [
    { fast: 3, slow: 10 },
    { fast: 1, slow: 30 },
    { fast: 2, slow: 20 },
  ];
  expect(medianRound(rounds, ({ slow }) => slow)).toEqual({ fast: 2, slow: 20 });
  expect(medians([...rounds, { fast: 0, slow: 40 }])).toEqual({ fast: 1.5, slow: 25 });
});
