import { v7 as uuidv7 } from 'uuid';

import type { Row } from './copy.ts';
import type { Random } from './random.ts';
import { chooseVoters } from './votes.ts';
import { inventLink } from './words.ts';

const YEAR_MS = 365 * 24 * 3600 * 1000;

export interface Author {
  id: string;
  username: string;
}

export const USER_COLUMNS = 'auth.users (id, username, email, password_hash, created_at)';
export const POST_COLUMNS =
  'post.posts (id, title, url, votes, author_id, author_username, created_at)';
export const VOTE_COLUMNS = 'post.votes (post_id, user_id)';

const usernameOf = (number: number) => `user${number}`;
export const emailOf = (number: number) => `${usernameOf(number)}@example.com`;

interface UserRowsOptions {
  count: number;
  /** The first user's number. */
  first: number;
  passwordHash: string;
  now: number;
  random: Random;
}

/** Users who joined in the year before the first post: nobody posts before they joined. */
export function* userRows(options: UserRowsOptions): Generator<Row> {
  const { count, first, passwordHash, now, random } = options;
  for (let number = first; number < first + count; number += 1) {
    const joinedAt = now - YEAR_MS - random.below(YEAR_MS);
    const id = uuidv7({ msecs: joinedAt });
    yield [id, usernameOf(number), emailOf(number), passwordHash, timestamp(joinedAt)];
  }
}

interface PostRowsOptions {
  ids: readonly string[];
  times: Float64Array;
  votes: Uint32Array;
  authors: readonly Author[];
  random: Random;
}

/** A post for each id. */
export function* postRows(options: PostRowsOptions): Generator<Row> {
  const { ids, times, votes, authors, random } = options;
  for (const [index, id] of ids.entries()) {
    const { title, url } = inventLink(index + 1, random);
    // Squared: the first users write more than the last.
    const { id: authorId, username } = authors[Math.floor(random.next() ** 2 * authors.length)]!;
    yield [id, title, url, votes[index]!, authorId, username, timestamp(times[index]!)];
  }
}

/** As many votes for each post as `votes` says, each by another user. */
export function* voteRows(options: {
  ids: readonly string[];
  votes: Uint32Array;
  authors: readonly Author[];
  random: Random;
}): Generator<Row> {
  const { ids, votes, authors, random } = options;
  for (const [index, id] of ids.entries()) {
    const count = votes[index]!;
    if (count === 0) continue;
    for (const voter of chooseVoters(count, authors.length, random)) {
      yield [id, authors[voter]!.id];
    }
  }
}

/** Times in the past year and an id for each, which begins with it. */
export function postTimes(count: number, now: number, random: Random) {
  // In order: indexes on time and id then grow at their end, which is several times as fast.
  const times = Float64Array.from({ length: count }, () => now - random.below(YEAR_MS)).sort();
  const ids = Array.from(times, (msecs) => uuidv7({ msecs }));
  return { times, ids };
}

const timestamp = (ms: number) => new Date(ms).toISOString();
