import { violatedConstraint } from '@relay/service-kit';
import type { Knex } from 'knex';

import type { Post, PostStore, Tally } from './post.ts';

interface PostRow {
  id: string;
  title: string;
  url: string;
  votes: number;
  author_id: string;
  author_username: string;
  created_at: Date;
}

/** Posts and votes in Postgres. Every list follows an index from its first row to its last. */
export function createPostStore(db: Knex): PostStore {
  const posts = () => db<PostRow>('posts');

  return {
    async add({ id, title, url, author }) {
      const row = { id, title, url, author_id: author.id, author_username: author.username };
      const [added] = await posts().insert(row).returning('*');
      return toPost(added!);
    },

    async findById(id) {
      const row = await posts().where({ id }).first();
      return row && toPost(row);
    },

    async list({ limit, after, authorId }) {
      const query = posts()
        .orderBy([
          { column: 'created_at', order: 'desc' },
          { column: 'id', order: 'desc' },
        ])
        // One more than is shown says whether there is a next page.
        .limit(limit + 1);
      if (authorId) void query.where({ author_id: authorId });
      if (after) void query.whereRaw('(created_at, id) < (?, ?)', [after.createdAt, after.id]);
      const rows = await query;
      const shown = rows.slice(0, limit).map(toPost);
      const last = shown.at(-1);
      return { posts: shown, next: last && rows.length > limit ? last : null };
    },

    async top(limit) {
      const order = ['votes', 'created_at', 'id'].map((column) => ({ column, order: 'desc' }));
      const rows: PostRow[] = await posts().orderBy(order).limit(limit);
      return rows.map(toPost);
    },

    setVote: ({ postId, userId, up }) =>
      up ? addVote(db, postId, userId) : removeVote(db, postId, userId),

    async remove(id, authorId) {
      const removed = await posts().where({ id, author_id: authorId }).delete();
      if (removed > 0) return 'removed';
      return (await posts().where({ id }).first()) ? 'not-the-author' : 'not-found';
    },
  };
}

// Vote and count change in one statement: whoever is second waits for the row and counts on.
async function addVote(db: Knex, postId: string, userId: string): Promise<Tally | undefined> {
  try {
    const { rows } = await db.raw(
      `with added as (
         insert into votes (post_id, user_id) values (:postId, :userId)
         on conflict do nothing returning 1
       )
       update posts set votes = votes + (select count(*) from added)
       where id = :postId returning votes, author_id`,
      { postId, userId },
    );
    return toTally(rows);
  } catch (error) {
    if (violatedConstraint(error) === 'votes_post_id_fkey') return undefined;
    throw error;
  }
}

async function removeVote(db: Knex, postId: string, userId: string): Promise<Tally | undefined> {
  const { rows } = await db.raw(
    `with removed as (
       delete from votes where post_id = :postId and user_id = :userId returning 1
     )
     update posts set votes = votes - (select count(*) from removed)
     where id = :postId returning votes, author_id`,
    { postId, userId },
  );
  return toTally(rows);
}

function toTally([row]: Pick<PostRow, 'votes' | 'author_id'>[]): Tally | undefined {
  return row && { votes: row.votes, authorId: row.author_id };
}

function toPost(row: PostRow): Post {
  return {
    id: row.id,
    title: row.title,
    url: row.url,
    votes: row.votes,
    author: { id: row.author_id, username: row.author_username },
    createdAt: row.created_at,
  };
}
