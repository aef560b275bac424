import { expect, test } from 'vitest';

import { BOTH_SERVICES_MIX, FRONT_PAGE_MIX, pick, type Mix, type MixedCall } from './mix.ts';

const WRITES: MixedCall[] = ['create', 'upvote', 'takeBack'];

const sum = (mix: Mix, calls = Object.keys(mix) as MixedCall[]) =>
  calls.reduce((total, call) => total + (mix[call] ?? 0), 0);

test.each([
  ['the front page', FRONT_PAGE_MIX],
  ['both services', BOTH_SERVICES_MIX],
])('the mix of %s is 95 reads and 5 writes', (_name, mix) => {
  expect(sum(mix)).toBe(100);
  expect(sum(mix, WRITES)).toBe(5);
});

test('calls are drawn as often as in the mix', () => {
  const drawn: Mix = {};
  for (let draw = 0; draw < 100; draw += 1) {
    const call = pick(FRONT_PAGE_MIX, draw / 100);
    Object.assign(drawn, { [call]: (drawn[call] ?? 0) + 1 });
  }
  expect(drawn).toEqual(FRONT_PAGE_MIX);
});

test('the last call takes the rest after rounding', () => {
  expect(pick({ list: 50, top: 49.999 }, 0.999_999_9)).toBe('top');
});
