import { expect, test } from 'vitest';

import { formatValue } from './units.ts';

test.for([
  [0.8634, 'percentunit', '86.3%'],
  [0.0012, 's', '1.2 ms'],
  [90, 's', '1.5 min'],
  [2.5, 'ms', '2.5 ms'],
  [0.25, 'ms', '250 µs'],
  [3 * 2 ** 20, 'bytes', '3 MiB'],
  [1234, 'reqps', '1.23 K req/s'],
  [0, 's', '0 ms'],
  [0, 'short', '0'],
  [-1.5, 'short', '-1.5'],
  [Number.NaN, 's', '–'],
] as const)('%d in %s is %s', ([value, unit, text]) => {
  expect(formatValue(value, unit)).toBe(text);
});

test('a value of an unknown unit is a number', () => {
  expect(formatValue(7, 'furlongs')).toBe('7');
  expect(formatValue(7, undefined)).toBe('7');
});
