import { expect, test } from 'vitest';

import { registrationSchema } from '../../../services/auth/src/user.ts';
import { draftSchema } from '../../../services/post/src/post.ts';
import { createRandom, mixSeeds } from './random.ts';
import { postRows, postTimes, userRows } from './rows.ts';

const now = Date.UTC(2026, 0, 1);
const authors = [{ id: 'a', username: 'user1' }];

function inventPosts(count: number, seed: number) {
  const random = createRandom(seed);
  const { ids, times } = postTimes(count, now, random);
  const votes = new Uint32Array(count);
  return [...postRows({ ids, times, votes, authors, random })];
}

const withoutIds = (seed: number) => inventPosts(100, seed).map((post) => post.slice(1));

test('makes posts that the API would take, at times in order', () => {
  const posts = inventPosts(2000, 1);
  for (const [, title, url] of posts) {
    expect(draftSchema.parse({ title, url })).toEqual({ title, url });
  }
  const times = posts.map((post) => String(post[6]));
  expect(times).toEqual(times.toSorted());
  expect(new Set(posts.map(([, title]) => title)).size).toBeGreaterThan(1000);
});

test('makes the same content for the same seed, but for the ids', () => {
  expect(withoutIds(1)).toEqual(withoutIds(1));
  expect(withoutIds(1)).not.toEqual(withoutIds(2));
  expect(mixSeeds(1, 2)).not.toBe(mixSeeds(2, 1));
});

test('makes users that could have registered', () => {
  const users = userRows({ count: 3, first: 8, passwordHash: 'x', now, random: createRandom(1) });
  for (const [, username, email] of users) {
    const user = { username, email, password: 'password123' };
    expect(registrationSchema.parse(user)).toEqual(user);
  }
});
