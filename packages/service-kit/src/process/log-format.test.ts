import { expect, test } from 'vitest';

import { isPretty } from './log-format.ts';

test.each([
  ['auto', true, undefined, true],
  ['auto', true, 'development', true],
  ['auto', true, 'production', false],
  ['auto', false, undefined, false],
  ['json', true, undefined, false],
  ['pretty', false, 'production', true],
] as const)(
  '%s, in a terminal %s, with NODE_ENV=%s: for people %s',
  (format, isTerminal, nodeEnv, expected) => {
    expect(isPretty(format, { isTerminal, nodeEnv })).toBe(expected);
  },
);
