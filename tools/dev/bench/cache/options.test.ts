import { describe, expect, it } from 'vitest';

import { parseCacheOptions, WORKLOADS } from './options.ts';

describe('parseCacheOptions', () => {
  it('runs every workload with every contender by default', () => {
    expect(parseCacheOptions([])).toEqual({
      quick: false,
      rounds: 5,
      milliseconds: 200,
      workloads: [...WORKLOADS],
      contenders: [],
      out: 'bench-results',
    });
  });

  it('shortens a quick run, except for given numbers', () => {
    expect(parseCacheOptions(['--quick'])).toMatchObject({ rounds: 3, milliseconds: 100 });
    expect(parseCacheOptions(['--quick', '--rounds', '9'])).toMatchObject({ rounds: 9 });
  });

  it('selects workloads and contenders', () => {
    const options = parseCacheOptions(['--workloads', 'herd,tags', '--contenders', 'relay']);
    expect(options).toMatchObject({ workloads: ['herd', 'tags'], contenders: ['relay'] });
  });

  it.each([
    ['an unknown flag', ['--fast'], /--fast/],
    ['a stray word', ['hits'], /hits/],
    ['an unknown workload', ['--workloads', 'hit'], /there is no "hit"/],
    ['an unknown contender', ['--contenders', 'memcached'], /none has "memcached"/],
    ['no rounds', ['--rounds', '0'], /--rounds: must be a whole number from 1 to 100/],
    ['half a millisecond', ['--milliseconds', '0.5'], /--milliseconds: must be a whole number/],
  ])('refuses %s', (_, args, message) => {
    expect(() => parseCacheOptions(args)).toThrow(message);
  });
});
