import { expect, test } from 'vitest';

import { createRandom } from './random.ts';
import { chooseVoters, spreadVotes } from './votes.ts';

const sum = (counts: Uint32Array) => counts.reduce((total, count) => total + count, 0);

test.each([
  { votes: 50_000, posts: 10_000, users: 1000 },
  { votes: 0, posts: 10, users: 10 },
  { votes: 7, posts: 1, users: 10 },
  { votes: 100, posts: 10, users: 10 },
  { votes: 99, posts: 10, users: 10 },
  { votes: 3, posts: 1000, users: 1 },
])('spreads $votes votes of $users users over $posts posts, none lost', (wanted) => {
  const counts = spreadVotes(wanted, createRandom(1));
  expect(counts).toHaveLength(wanted.posts);
  expect(sum(counts)).toBe(wanted.votes);
  expect(Math.max(...counts)).toBeLessThanOrEqual(wanted.users);
});

test('gives the most popular hundredth of the posts a third of the votes or more', () => {
  const wanted = { votes: 50_000, posts: 10_000, users: 1000 };
  const counts = spreadVotes(wanted, createRandom(1)).sort().toReversed();
  expect(sum(counts.subarray(0, 100))).toBeGreaterThan(wanted.votes / 3);
});

test('lets nobody vote twice on a post', () => {
  for (const users of [1, 2, 10, 97, 1000]) {
    const voters = [...chooseVoters(users, users, createRandom(users))];
    expect(new Set(voters).size).toBe(users);
    expect(Math.max(...voters)).toBeLessThan(users);
  }
});
