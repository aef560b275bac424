import { UsageError } from '../../kit/cli.ts';

/** The numbers of rows to add; undefined for the default. */
export interface Wanted {
  users: number | undefined;
  posts: number | undefined;
  votes: number | undefined;
}

const DEFAULT_USERS = 1000;
const DEFAULT_POSTS = 10_000;
const VOTES_PER_POST = 5;

// A user votes once for a post. A default gives way to a number that was typed.

/** The users to add. */
export function usersToAdd({ users, posts, votes }: Wanted): number {
  if (users !== undefined) return users;
  return posts && votes ? Math.max(DEFAULT_USERS, Math.ceil(votes / posts)) : DEFAULT_USERS;
}

/**
 * The posts to add, for a number of users, the added ones included.
 *
 * @throws UsageError if there is no user to write them
 */
export function postsToAdd({ posts, votes }: Wanted, authors: number): number {
  if (authors > 0) {
    return posts ?? Math.max(DEFAULT_POSTS, Math.ceil((votes ?? 0) / authors));
  }
  if (posts || votes) throw new UsageError('--users: posts and votes need at least one user');
  return 0;
}

/**
 * The votes to add to that many new posts.
 *
 * @throws UsageError if there cannot be that many
 */
export function votesToAdd({ votes }: Wanted, posts: number, authors: number): number {
  const most = posts * authors;
  if (votes === undefined) return Math.min(posts * VOTES_PER_POST, most);
  if (votes <= most) return votes;
  throw new UsageError(`--votes: ${authors} users have at most ${most} on ${posts} posts`);
}
