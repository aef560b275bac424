import { expect, test } from 'vitest';

import { columns, grouped, markdownTable, percent } from './table.ts';

test('lines up its columns, numbers to the right', () => {
  expect(
    markdownTable(
      ['call', 'ms'],
      [
        ['list posts', '1.5'],
        ['top', '12.0'],
      ],
    ),
  ).toBe(
    [
      '| call       |   ms |',
      '| ---------- | ---: |',
      '| list posts |  1.5 |',
      '| top        | 12.0 |',
    ].join('\n'),
  );
});

test('escapes the lines of a cell, and pads a row that is short', () => {
  expect(markdownTable(['name', 'unit'], [['a|b'], ['c', 'd']], [0, 1])).toBe(
    ['| name | unit |', '| ---- | ---- |', String.raw`| a\|b |      |`, '| c    | d    |'].join(
      '\n',
    ),
  );
});

test('aligns columns for a terminal, without spaces at the ends', () => {
  expect(
    columns([
      ['key', 'hits'],
      ['posts:all', '1'],
    ]),
  ).toEqual(['key         hits', 'posts:all   1']);
});

test.each([
  [0, '0'],
  [999.4, '999'],
  [1000, '1,000'],
  [1_234_567.8, '1,234,568'],
])('groups the digits of %d as %s', (value, text) => {
  expect(grouped(value)).toBe(text);
});

test.each([
  [0, '0.00 %'],
  [0.5, '50.00 %'],
  [1, '100.00 %'],
  [0.999_999, '> 99.99 %'],
  [0.000_001, '< 0.01 %'],
  [undefined, '-'],
  [Number.NaN, '-'],
])('shows a share of %d as %s', (share, text) => {
  expect(percent(share)).toBe(text);
});
