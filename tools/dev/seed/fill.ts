import type { Client } from 'pg';

import { postsToAdd, usersToAdd, votesToAdd, type Wanted } from './amounts.ts';
import { zipfScale } from './popularity.ts';
import { addPosts, addUsers, addVotes, type Statement } from './statements.ts';

interface FillOptions extends Wanted {
  client: Client;
  seedValue: number;
  passwordHash: string;
  log: (message: string) => void;
  /** Begins no further statement once it is aborted. */
  signal: AbortSignal;
}

/** The added rows. */
export interface Filled {
  /** The number of the first added user; the others follow it. */
  firstUser: number;
  users: number;
  posts: number;
  votes: number;
}

/**
 * Adds users, posts and votes in one transaction: all or nothing, and the posts' counts always
 * equal their votes. The same seed on the same database adds the same content, ids excepted.
 *
 * @throws UsageError if there are too few users for the posts or votes
 */
export async function fill(options: FillOptions): Promise<Filled> {
  const { client, signal } = options;
  await client.query('begin');
  try {
    const filled = await addRows(options);
    signal.throwIfAborted();
    await client.query('commit');
    return filled;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function addRows(options: FillOptions): Promise<Filled> {
  const { client, seedValue, passwordHash, log, signal } = options;
  const add = async (what: string, count: number, statement: Statement) => {
    signal.throwIfAborted();
    log(`Adding ${count} ${what}`);
    await client.query(statement);
  };
  // One seed at a time: two would number their users alike.
  await client.query(`select pg_advisory_xact_lock(hashtextextended('relay seed', 0))`);
  const before = await readCounts(client);
  const content = [seedValue, before.lastUser, before.posts].join();
  await client.query('select setseed(hashtext($1) / 2147483648.0)', [content]);
  // The planner has no statistics of rows that were just added, and other joins take up to 20 times as long.
  await client.query('set local enable_mergejoin = off; set local enable_nestloop = off');

  const users = usersToAdd(options);
  const firstUser = before.lastUser + 1;
  await add('users', users, addUsers(firstUser, users, passwordHash));
  const authors = before.users + users;
  const posts = postsToAdd(options, authors);
  if (posts === 0) return { firstUser, users, posts, votes: 0 };

  const votes = votesToAdd(options, posts, authors);
  const scale = zipfScale({ votes, posts, users: authors });
  await add('posts', posts, addPosts(posts, authors, scale));
  await add('votes', votes, addVotes(authors));
  return { firstUser, users, posts, votes };
}

interface Counts {
  users: number;
  posts: number;
  /** The highest number of a seeded user's name or address. */
  lastUser: number;
}

async function readCounts(client: Client): Promise<Counts> {
  const { rows } = await client.query<Counts>(String.raw`
    select
      (select count(*)::int from auth.users) as users,
      (select count(*)::int from post.posts) as posts,
      (select coalesce(max(number::int), 0) from (
         select substring(lower(username) from '^user(\d{1,8})$') as number from auth.users
         union all
         select substring(lower(email) from '^user(\d{1,8})@example\.com$') from auth.users
       ) as numbers) as "lastUser"`);
  return rows[0]!;
}
