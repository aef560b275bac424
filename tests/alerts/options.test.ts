import { expect, test } from 'vitest';

import { UsageError } from '../../tools/kit/cli.ts';
import { assertKnown, parseOptions } from './options.ts';

const KNOWN = ['RelayRedisDown', 'RelayCacheDown'];

test('selects all alerts by default', () => {
  expect(parseOptions([])).toEqual({ list: false, only: undefined, out: undefined });
});

test('reads a list of alerts and a file', () => {
  const args = ['--only', 'RelayCacheDown, RelayRedisDown', '--out', 'table.md'];
  expect(parseOptions(args)).toEqual({
    list: false,
    only: ['RelayCacheDown', 'RelayRedisDown'],
    out: 'table.md',
  });
});

test.each([['RelayRedisUp'], ['']])('rejects the alert "%s", which has no experiment', (name) => {
  const options = { list: false, only: [name], out: undefined };
  expect(() => assertKnown(options, KNOWN)).toThrow(UsageError);
  expect(() => assertKnown(options, KNOWN)).toThrow(`no experiment for "${name}"`);
});

test('rejects an unknown flag', () => {
  expect(() => parseOptions(['--fast'])).toThrow(UsageError);
});
