import { expect, test } from 'vitest';

import { UsageError } from '../../kit/cli.ts';
import { postsToAdd, usersToAdd, votesToAdd, type Wanted } from './amounts.ts';

/** All three, for a database that has some users already. */
function amounts(typed: Partial<Wanted>, usersBefore = 0) {
  const wanted = { users: undefined, posts: undefined, votes: undefined, ...typed };
  const users = usersToAdd(wanted);
  const authors = usersBefore + users;
  const posts = postsToAdd(wanted, authors);
  return { users, posts, votes: votesToAdd(wanted, posts, authors) };
}

test.each<[Partial<Wanted>, Wanted]>([
  [{}, { users: 1000, posts: 10_000, votes: 50_000 }],
  [{ posts: 5 }, { users: 1000, posts: 5, votes: 25 }],
  [{ posts: 0 }, { users: 1000, posts: 0, votes: 0 }],
  [{ users: 2 }, { users: 2, posts: 10_000, votes: 20_000 }],
  [{ users: 0 }, { users: 0, posts: 0, votes: 0 }],
  [
    { users: 3, posts: 5 },
    { users: 3, posts: 5, votes: 15 },
  ],
  [{ votes: 0 }, { users: 1000, posts: 10_000, votes: 0 }],
  [
    { users: 10, votes: 200_000 },
    { users: 10, posts: 20_000, votes: 200_000 },
  ],
  [
    { posts: 5, votes: 20_000 },
    { users: 4000, posts: 5, votes: 20_000 },
  ],
])('of %o alone, the rest fits: %o', (typed, expected) => {
  expect(amounts(typed)).toEqual(expected);
});

test('users that are there already may write and vote', () => {
  expect(amounts({ users: 0, posts: 4 }, 2)).toEqual({ users: 0, posts: 4, votes: 8 });
});

test.each<[Partial<Wanted>, string]>([
  [{ users: 0, posts: 1 }, '--users'],
  [{ users: 0, votes: 1 }, '--users'],
  [{ users: 1, posts: 1, votes: 2 }, '--votes'],
])('of %o, the invalid flag is named in the error', (typed, flag) => {
  expect(() => amounts(typed)).toThrow(UsageError);
  expect(() => amounts(typed)).toThrow(flag);
});
