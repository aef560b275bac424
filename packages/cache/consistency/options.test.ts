import { describe, expect, it } from 'vitest';

import { parseOptions } from './options.ts';

describe('parseOptions', () => {
  it('runs all scenarios once by default', () => {
    expect(parseOptions([])).toEqual({
      isShort: false,
      racyReads: 0,
      minutes: 0,
      only: [],
      seed: 1,
      bug: undefined,
      boundSeconds: 10,
      pods: 3,
      help: false,
    });
  });

  it('takes scenarios, a bug and numbers', () => {
    const args = ['--only', 'calm', '--only', 'slow', '--bug', 'id-cursor', '--racy-reads', '3e6'];
    expect(parseOptions(args)).toMatchObject({
      only: ['calm', 'slow'],
      bug: 'id-cursor',
      racyReads: 3_000_000,
    });
  });

  it.each([
    [['--bug', 'typo'], '--bug is one of'],
    [['--minutes', 'ten'], '--minutes is a number'],
    [['--seed', ''], '--seed is a number'],
    [['--unknown'], 'unknown'],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});
