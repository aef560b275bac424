import { expect, test } from 'vitest';

import { UsageError } from '../scripts/usage.ts';
import { parseOptions } from './options.ts';

const KNOWN = ['RelayRedisDown', 'RelayCacheDown'];

test('without options all is drilled', () => {
  expect(parseOptions([], KNOWN)).toEqual({ list: false, only: undefined, out: undefined });
});

test('takes some alerts, and a file', () => {
  const args = ['--only', 'RelayCacheDown, RelayRedisDown', '--out', 'table.md'];
  expect(parseOptions(args, KNOWN)).toEqual({
    list: false,
    only: ['RelayCacheDown', 'RelayRedisDown'],
    out: 'table.md',
  });
});

test('--help wins', () => {
  expect(parseOptions(['--list', '--help'], KNOWN)).toBe('help');
});

test.each([
  [['--only', 'RelayRedisUp'], 'there is no scenario for "RelayRedisUp"'],
  [['--only', ''], 'there is no scenario for ""'],
  [['--fast'], "Unknown option '--fast'"],
])('refuses %j', (args, message) => {
  expect(() => parseOptions(args, KNOWN)).toThrow(UsageError);
  expect(() => parseOptions(args, KNOWN)).toThrow(message);
});
