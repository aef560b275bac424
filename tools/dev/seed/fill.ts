import type { Client } from 'pg';

import { postsToAdd, usersToAdd, votesToAdd } from './amounts.ts';
import { copyRows, type Row } from './copy.ts';
import type { SeedOptions } from './options.ts';
import type { Progress } from './progress.ts';
import { createRandom, mixSeeds } from './random.ts';
import {
  POST_COLUMNS,
  postRows,
  postTimes,
  USER_COLUMNS,
  userRows,
  VOTE_COLUMNS,
  voteRows,
  type Author,
} from './rows.ts';
import { spreadVotes } from './votes.ts';

interface FillOptions extends SeedOptions {
  client: Client;
  passwordHash: string;
  progress: Progress;
  signal: AbortSignal;
  now: number;
}

/** What was added. */
export interface Filled {
  /** The number of the first added user; the others follow it. */
  firstUser: number;
  users: number;
  posts: number;
  votes: number;
}

/**
 * Adds users, posts and votes in one transaction: all or nothing, and the posts' counts always
 * equal their votes.
 *
 * @throws UsageError when there are too few users for what was asked
 */
export async function fill(options: FillOptions): Promise<Filled> {
  const { client } = options;
  await client.query('begin');
  try {
    const filled = await addRows(options);
    await client.query('commit');
    // So many new rows change which plan is the best; autovacuum would see it a minute later.
    await client.query('analyze auth.users, post.posts, post.votes');
    return filled;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function addRows(options: FillOptions): Promise<Filled> {
  const { client, seedValue, passwordHash, progress, signal, now } = options;
  const users = usersToAdd(options);
  const copy = (into: string, rows: Iterable<Row>) =>
    copyRows(client, { into, rows, signal, onCopied: progress.add });

  // Whoever else seeds at the same time waits: the users' numbers must not meet.
  await client.query(`select pg_advisory_xact_lock(hashtextextended('relay seed', 0))`);
  const before = await readCounts(client);
  const firstUser = before.lastUser + 1;
  // Content of its own for what is added to a database that has some.
  const random = createRandom(mixSeeds(seedValue, before.lastUser, before.posts));

  progress.begin('users', users);
  await copy(USER_COLUMNS, userRows({ count: users, first: firstUser, passwordHash, now, random }));
  const authors = await readUsers(client);
  const posts = postsToAdd(options, authors.length);
  if (posts === 0) return { firstUser, users, posts, votes: 0 };

  const votes = votesToAdd(options, posts, authors.length);
  const { ids, times } = postTimes(posts, now, random);
  const counts = spreadVotes({ votes, posts, users: authors.length }, random);
  progress.begin('posts', posts);
  await copy(POST_COLUMNS, postRows({ ids, times, votes: counts, authors, random }));
  progress.begin('votes', votes);
  await copy(VOTE_COLUMNS, voteRows({ ids, votes: counts, authors, random }));
  return { firstUser, users, posts, votes };
}

interface Counts {
  /** The highest number of a seeded user's name or address. */
  lastUser: number;
  posts: number;
}

async function readCounts(client: Client): Promise<Counts> {
  const { rows } = await client.query<Counts>(String.raw`
    select
      (select count(*)::int from post.posts) as posts,
      (select coalesce(max(number::int), 0) from (
         select substring(lower(username) from '^user(\d{1,8})$') as number from auth.users
         union all
         select substring(lower(email) from '^user(\d{1,8})@example\.com$') from auth.users
       ) as numbers) as "lastUser"`);
  return rows[0]!;
}

async function readUsers(client: Client): Promise<Author[]> {
  const { rows } = await client.query<Author>(
    'select id, username from auth.users order by length(username), username',
  );
  return rows;
}
