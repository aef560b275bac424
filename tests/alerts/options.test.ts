import { expect, test } from 'vitest';

import { UsageError } from '../../tools/kit/usage.ts';
import { assertKnown, parseOptions } from './options.ts';

const KNOWN = ['RelayRedisDown', 'RelayCacheDown'];

test('without options all is drilled', () => {
  expect(parseOptions([])).toEqual({ list: false, only: undefined, out: undefined });
});

test('takes some alerts, and a file', () => {
  const args = ['--only', 'RelayCacheDown, RelayRedisDown', '--out', 'table.md'];
  expect(parseOptions(args)).toEqual({
    list: false,
    only: ['RelayCacheDown', 'RelayRedisDown'],
    out: 'table.md',
  });
});

test('--help wins', () => {
  expect(parseOptions(['--list', '--help'])).toBe('help');
});

test.each([['RelayRedisUp'], ['']])('refuses the alert "%s", which has no scenario', (name) => {
  const options = { list: false, only: [name], out: undefined };
  expect(() => assertKnown(options, KNOWN)).toThrow(UsageError);
  expect(() => assertKnown(options, KNOWN)).toThrow(`there is no scenario for "${name}"`);
});

test('refuses a flag that it does not know', () => {
  expect(() => parseOptions(['--fast'])).toThrow(UsageError);
});
