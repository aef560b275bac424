import type { Knex } from 'knex';

import { REMOVED_AUTHOR, type Post, type PostStore } from './post.ts';

interface PostRow {
  id: string;
  title: string;
  url: string;
  votes: number;
  author_id: string;
  author_username: string;
  created_at: Date;
}

type TallyRow = Pick<PostRow, 'votes' | 'author_id'>;

// Qualified: behind a transaction pooler the search path may be another client's.
const POSTS = 'post.posts';
const VOTES = 'post.votes';

// One statement changes vote and count, so a concurrent writer waits for the row and adds to its count. It
// locks the post before the vote, like a delete with its cascade; the reverse order could deadlock.
const ADD_VOTE = `
  with post as (
    select id from ${POSTS} where id = :postId for no key update
  ), added as (
    insert into ${VOTES} (post_id, user_id) select id, :userId from post
    on conflict do nothing returning 1
  )
  update ${POSTS} set votes = votes + (select count(*) from added)
  where id = :postId returning votes, author_id`;

const REMOVE_VOTE = `
  with post as (
    select id from ${POSTS} where id = :postId for no key update
  ), removed as (
    delete from ${VOTES} using post
    where post_id = post.id and user_id = :userId returning 1
  )
  update ${POSTS} set votes = votes - (select count(*) from removed)
  where id = :postId returning votes, author_id`;

// `lateral` with a limit: one index scan for each user, to the first post with a name.
const NAMED_AUTHORS = `
  select users.id from unnest(cast(:userIds as uuid[])) users (id), lateral (
    select from ${POSTS} where author_id = users.id and author_username <> :removed limit 1
  ) named`;

const REMOVE_NAME = `
  update ${POSTS} set author_username = :removed where id in (
    select id from ${POSTS} where author_id = :authorId and author_username <> :removed
    order by created_at desc, id desc limit :limit
    for no key update skip locked
  ) returning id`;

/** The query names in the metrics. */
export const POST_QUERIES = [
  'posts.insert',
  'posts.byId',
  'posts.list',
  'posts.byUser',
  'posts.top',
  'posts.delete',
  'posts.namedAuthors',
  'posts.removeName',
  'votes.add',
  'votes.remove',
  'votes.ofUser',
] as const;

type PostQuery = (typeof POST_QUERIES)[number];

/** Posts and votes in Postgres. Every list is an index scan. */
export function createPostStore(db: Knex): PostStore {
  const posts = (query: PostQuery) => db<PostRow>(POSTS).options({ queryName: query });

  return {
    async add({ id, title, url, author }) {
      const row = { id, title, url, author_id: author.id, author_username: author.username };
      const [added] = await posts('posts.insert').insert(row).returning('*');
      return toPost(added!);
    },

    async findById(id) {
      const row = await posts('posts.byId').where({ id }).first();
      return row && toPost(row);
    },

    async list({ limit, after, authorId }) {
      const query = posts(authorId ? 'posts.byUser' : 'posts.list')
        .orderBy([
          { column: 'created_at', order: 'desc' },
          { column: 'id', order: 'desc' },
        ])
        // The extra row indicates a next page.
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
      const rows: PostRow[] = await posts('posts.top').orderBy(order).limit(limit);
      return rows.map(toPost);
    },

    async setVote({ up, ...vote }) {
      const query: PostQuery = up ? 'votes.add' : 'votes.remove';
      const { rows } = await db
        .raw<{ rows: TallyRow[] }>(up ? ADD_VOTE : REMOVE_VOTE, vote)
        .options({ queryName: query });
      const [row] = rows;
      return row && { votes: row.votes, authorId: row.author_id };
    },

    votedAmong: (postIds, userId) =>
      db(VOTES)
        .where({ user_id: userId })
        // An array, not a list: the statement is the same for any number of ids.
        .whereRaw('post_id = any(?)', [[...postIds]])
        .pluck<string[]>('post_id')
        .options({ queryName: 'votes.ofUser' satisfies PostQuery }),

    async remove(id, authorId) {
      const removed = await posts('posts.delete').where({ id, author_id: authorId }).delete();
      if (removed > 0) return 'removed';
      return (await posts('posts.byId').where({ id }).first()) ? 'not-the-author' : 'not-found';
    },

    async namedAuthors(userIds) {
      const { rows } = await db
        .raw<{ rows: { id: string }[] }>(NAMED_AUTHORS, { userIds, removed: REMOVED_AUTHOR })
        .options({ queryName: 'posts.namedAuthors' satisfies PostQuery });
      return rows.map(({ id }) => id);
    },

    async removeAuthorName(authorId, limit) {
      const { rows } = await db
        .raw<{ rows: { id: string }[] }>(REMOVE_NAME, { authorId, limit, removed: REMOVED_AUTHOR })
        .options({ queryName: 'posts.removeName' satisfies PostQuery });
      return rows.map(({ id }) => id);
    },
  };
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
