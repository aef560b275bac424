import { expect, test } from 'vitest';

import { zipfScale } from './popularity.ts';

test.each([
  { votes: 50_000, posts: 10_000, users: 1000 },
  { votes: 0, posts: 10, users: 10 },
  { votes: 7, posts: 1, users: 10 },
  { votes: 100, posts: 10, users: 10 },
  { votes: 99, posts: 10, users: 10 },
  { votes: 3, posts: 1000, users: 1 },
])('$posts posts and $users users have $votes votes', (wanted) => {
  const scale = zipfScale(wanted);
  let sum = 0;
  for (let rank = 1; rank <= wanted.posts; rank += 1) sum += Math.min(wanted.users, scale / rank);
  expect(sum).toBeCloseTo(wanted.votes, 6);
});
