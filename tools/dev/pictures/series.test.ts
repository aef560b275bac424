import { expect, test } from 'vitest';

import { bucketsOf, legend } from './series.ts';

test('a series is named after its legend and labels', () => {
  const labels = { __name__: 'up', job: 'relay-post', pod: 'relay-post-1' };
  expect(legend('{{job}} / {{ pod }}', labels)).toBe('relay-post / relay-post-1');
  expect(legend('{{key}}', labels)).toBe('');
  expect(legend('99 %', labels)).toBe('99 %');
});

test('without a legend it is all of them', () => {
  expect(legend(undefined, { __name__: 'up', job: 'a' })).toBe('up{job="a"}');
  expect(legend('__auto', { __name__: 'up' })).toBe('up');
});

const bucket = (le: string, ...values: number[]) => ({
  labels: { le },
  points: values.map((value, atMs) => ({ atMs, value })),
});

test('cumulative buckets become the number in each, in the order of their bounds', () => {
  const buckets = bucketsOf([bucket('+Inf', 9, 9), bucket('0.5', 1, 2), bucket('10', 4, 2)]);
  expect(buckets.map(({ labels }) => labels['le'])).toEqual(['0.5', '10', '+Inf']);
  expect(buckets.map(({ points }) => points.map(({ value }) => value))).toEqual([
    [1, 2],
    [3, 0],
    [5, 7],
  ]);
});
