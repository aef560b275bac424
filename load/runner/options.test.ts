import { expect, test } from 'vitest';

import { UsageError } from '../../tools/kit/cli.ts';
import { parseOptions } from './options.ts';

test('a scenario alone is enough', () => {
  expect(parseOptions(['smoke'])).toEqual({
    scenario: 'smoke',
    variables: {},
    restart: true,
    remoteWrite: undefined,
    out: 'load-results',
  });
});

test('takes a duration, a rate, where to write', () => {
  const remote = 'http://localhost:9090/api/v1/write';
  const flags = ['--duration', '90s', '--rate', '20', '--no-restart', '--remote-write', remote];
  expect(parseOptions(['rollout', ...flags, '--out', 'elsewhere'])).toEqual({
    scenario: 'rollout',
    variables: { DURATION: '90s', RATE: '20' },
    restart: false,
    remoteWrite: remote,
    out: 'elsewhere',
  });
  expect(parseOptions(['herd', '--clients', '50'])).toMatchObject({ variables: { CLIENTS: '50' } });
});

test.each([
  [[], 'Which scenario? There are: smoke, load,'],
  [['walk'], 'There is no scenario "walk". There are: smoke, load,'],
  [['constructor'], 'There is no scenario "constructor".'],
  [['load', 'smoke'], "Unexpected argument 'smoke'"],
  [['load', '--vus', '3'], "Unknown option '--vus'"],
  [['load', '--duration', 'soon'], '--duration: must be like 90s, 5m or 2h, not "soon"'],
  [['load', '--duration', '0s'], '--duration: must be like'],
  [['herd', '--duration', '8m'], '--duration: at most 7m'],
  [['load', '--rate', 'many'], '--rate: must be a whole number from 1 to 100000'],
  [['herd', '--rate', '5'], '--rate: herd has no such option'],
  [['load', '--clients', '5'], '--clients: load has no such option'],
  [['load', '--no-restart'], '--no-restart: load has no such option'],
  [['load', '--remote-write', 'prometheus'], '--remote-write: must be a URL'],
])('refuses %j', (args, message) => {
  expect(() => parseOptions(args)).toThrow(UsageError);
  expect(() => parseOptions(args)).toThrow(message);
});
