import { randomUUID } from 'node:crypto';

import { testDatabase } from '@relay/dev-servers/testing';
import { connectDatabase } from '@relay/service-kit/postgres/database';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, describe, expect, test } from 'vitest';

import { postSchema } from './migrations.ts';
import { createPostStore } from './post-store.ts';
import type { Author, Page, PageRequest, Post } from './post.ts';
import { migrated } from './testing/migrated.ts';
import { newAuthor } from './testing/tokens.ts';

const db = connectDatabase({
  url: await migrated(await testDatabase()),
  poolSize: 20,
  statementTimeoutMs: 10_000,
  schema: postSchema.name,
  applicationName: 'post-store-test',
});
afterAll(() => db.destroy());
const store = createPostStore(db);

const draft = { title: 'A title', url: 'https://example.com/' };

function addPost(author: Author = newAuthor(), given: Partial<typeof draft> = {}): Promise<Post> {
  return store.add({ id: uuidv7(), author, ...draft, ...given });
}

/** Some posts of one author, made at one and the same moment. */
async function addPostsAt(createdAt: string, author: Author, count: number): Promise<string[]> {
  const posts = await Promise.all(Array.from({ length: count }, () => addPost(author)));
  const ids = posts.map(({ id }) => id);
  await db('post.posts').whereIn('id', ids).update({ created_at: createdAt });
  return ids;
}

const idsOf = (posts: readonly Post[]) => posts.map(({ id }) => id);
const newestFirst = (ids: readonly string[]) => ids.toSorted().toReversed();
const vote = (postId: string, userId: string = randomUUID()) =>
  store.setVote({ postId, userId, up: true });
const unvote = (postId: string, userId: string) => store.setVote({ postId, userId, up: false });

async function countedVotes(postId: string): Promise<{ shown: number | undefined; rows: number }> {
  const [counted] = await db('post.votes').where({ post_id: postId }).count();
  return { shown: (await store.findById(postId))?.votes, rows: Number(counted?.count) };
}

describe('a post', () => {
  test('is returned as added', async () => {
    const author = newAuthor();
    const id = uuidv7();
    const added = await store.add({ id, author, title: "Robert'); 🙂 --?", url: draft.url });
    expect(added).toEqual({
      id,
      title: "Robert'); 🙂 --?",
      url: draft.url,
      votes: 0,
      author,
      createdAt: expect.any(Date),
    });
    expect(await store.findById(id)).toEqual(added);
  });

  test('that was never added is not found', async () => {
    expect(await store.findById(randomUUID())).toBeUndefined();
  });

  test('may have a title of 300 emoji, and no more', async () => {
    await expect(addPost(newAuthor(), { title: '🙂'.repeat(300) })).resolves.toBeDefined();
    await expect(addPost(newAuthor(), { title: '🙂'.repeat(301) })).rejects.toMatchObject({
      constraint: 'posts_title_check',
    });
  });

  test('never has a URL of another scheme, even if written by SQL', async () => {
    await expect(addPost(newAuthor(), { url: 'javascript:alert(1)' })).rejects.toMatchObject({
      constraint: 'posts_url_check',
    });
  });

  test('has a time in whole milliseconds, the precision of a cursor', async () => {
    const { id } = await addPost();
    const { rows } = await db.raw(
      `select created_at = date_trunc('milliseconds', created_at) as whole from post.posts where id = ?`,
      [id],
    );
    expect(rows).toEqual([{ whole: true }]);
  });
});

/** Every page of an author's list; `between` runs after each. */
async function readAll(authorId: string, limit: number, between?: () => Promise<unknown>) {
  const pages: Page[] = [];
  let after: PageRequest['after'];
  do {
    const page = await store.list({ limit, after, authorId });
    pages.push(page);
    after = page.next ?? undefined;
    await between?.();
  } while (after);
  return pages;
}

describe('a list', () => {
  test('is newest first, and by id among those of one moment', async () => {
    const author = newAuthor();
    const older = await addPostsAt('2001-01-01T00:00:00.000Z', author, 5);
    const newer = await addPostsAt('2001-01-01T00:00:00.001Z', author, 5);
    const { posts, next } = await store.list({ limit: 50, authorId: author.id });
    expect(idsOf(posts)).toEqual([...newestFirst(newer), ...newestFirst(older)]);
    expect(next).toBeNull();
  });

  test('has everyone in it unless an author is named', async () => {
    const [ann, bob] = [await addPost(), await addPost()];
    const { posts } = await store.list({ limit: 2 });
    expect(new Set(idsOf(posts))).toEqual(new Set([ann.id, bob.id]));
    const annsOnly = await store.list({ limit: 2, authorId: ann.author.id });
    expect(annsOnly).toEqual({ posts: [ann], next: null });
  });

  test('of an author without posts is empty', async () => {
    const page = await store.list({ limit: 50, authorId: randomUUID() });
    expect(page).toEqual({ posts: [], next: null });
  });

  test.each([1, 2, 3, 7, 20, 21])('is read to its end in pages of %i', async (limit) => {
    const author = newAuthor();
    const older = await addPostsAt('2002-01-01T00:00:00Z', author, 13);
    const newer = await addPostsAt('2002-01-01T00:00:01Z', author, 7);
    const pages = await readAll(author.id, limit);
    const ids = pages.flatMap(({ posts }) => idsOf(posts));
    expect(ids).toEqual([...newestFirst(newer), ...newestFirst(older)]);
    expect(pages).toHaveLength(Math.ceil(20 / limit));
  });

  test('is read without gaps or repeats while posts are added and deleted', async () => {
    const author = newAuthor();
    const ids = newestFirst(await addPostsAt('2003-01-01T00:00:00Z', author, 20));
    const [first] = ids;
    const pages = await readAll(author.id, 3, async () => {
      await addPost(author);
      await store.remove(first!, author.id);
    });
    expect(pages.flatMap(({ posts }) => idsOf(posts))).toEqual(ids);
  });
});

test('the top has the most votes first, the newer first among equals', async () => {
  const author = newAuthor();
  const [low, tied, alsoTied, high] = await addPostsAt('2004-01-01T00:00:00Z', author, 4);
  const newerTied = await addPost(author);
  const votes = new Map([
    [low!, 1_000_001],
    [tied!, 1_000_002],
    [alsoTied!, 1_000_002],
    [newerTied.id, 1_000_002],
    [high!, 1_000_003],
  ]);
  for (const [id, count] of votes) await db('post.posts').where({ id }).update({ votes: count });
  const expected = [high, newerTied.id, ...newestFirst([tied!, alsoTied!]), low];
  expect(idsOf(await store.top(5))).toEqual(expected);
  expect(idsOf(await store.top(2))).toEqual(expected.slice(0, 2));
});

describe('a vote', () => {
  test('counts once, however often it is added', async () => {
    const { id, author } = await addPost();
    const userId = randomUUID();
    expect(await vote(id, userId)).toEqual({ votes: 1, authorId: author.id });
    expect(await vote(id, userId)).toEqual({ votes: 1, authorId: author.id });
    expect(await vote(id)).toEqual({ votes: 2, authorId: author.id });
  });

  test('is removed once, and by its user only', async () => {
    const { id } = await addPost();
    const userId = randomUUID();
    await vote(id, userId);
    expect(await unvote(id, randomUUID())).toMatchObject({ votes: 1 });
    expect(await unvote(id, userId)).toMatchObject({ votes: 0 });
    expect(await unvote(id, userId)).toMatchObject({ votes: 0 });
  });

  test('for a post that is not there is none', async () => {
    expect(await vote(randomUUID())).toBeUndefined();
    expect(await unvote(randomUUID(), randomUUID())).toBeUndefined();
  });

  test('is never lost with concurrency: 100 users, three times each', async () => {
    const { id } = await addPost();
    const users = Array.from({ length: 100 }, () => randomUUID());
    const tallies = await Promise.all([...users, ...users, ...users].map((user) => vote(id, user)));
    expect(await countedVotes(id)).toEqual({ shown: 100, rows: 100 });
    expect(Math.max(...tallies.map((tally) => tally?.votes ?? -1))).toBe(100);
  });

  test('matches its count when votes are added and removed concurrently', async () => {
    const { id } = await addPost();
    const users = Array.from({ length: 20 }, () => randomUUID());
    await Promise.all(
      users.flatMap((user) => [vote(id, user), unvote(id, user), vote(id, user), unvote(id, user)]),
    );
    const { shown, rows } = await countedVotes(id);
    expect(shown).toBe(rows);
    await Promise.all(users.map((user) => unvote(id, user)));
    expect(await countedVotes(id)).toEqual({ shown: 0, rows: 0 });
  });

  test('and the concurrent deletion of its post never deadlock', async () => {
    for (let round = 0; round < 30; round += 1) {
      const { id, author } = await addPost();
      const users = Array.from({ length: 6 }, () => randomUUID());
      await Promise.all(users.map((user) => vote(id, user)));
      const [removed, ...tallies] = await Promise.all([
        store.remove(id, author.id),
        ...users.map((user) => unvote(id, user)),
        ...users.map((user) => vote(id, user)),
      ]);
      expect(removed).toBe('removed');
      expect(tallies).toHaveLength(12);
      expect(await countedVotes(id)).toEqual({ shown: undefined, rows: 0 });
    }
  });

  test('that is taken back waits for a deletion that was first, and then finds no post', async () => {
    const { id, author } = await addPost();
    const userId = randomUUID();
    await vote(id, userId);
    const deletion = await db.transaction();
    // Like a delete before its cascade: the post is locked, the vote is not.
    await deletion('post.posts').where({ id }).forUpdate().first();
    const waiting = unvote(id, userId);
    await untilBlocked();
    expect(await createPostStore(deletion).remove(id, author.id)).toBe('removed');
    await deletion.commit();
    expect(await waiting).toBeUndefined();
  });
});

/** Waits until some statement of this test waits for another's lock. */
async function untilBlocked(): Promise<void> {
  await expect
    .poll(async () => {
      const { rows } = await db.raw(
        `select 1 from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rows.length as number;
    })
    .toBeGreaterThan(0);
}

describe('removing', () => {
  test('deletes the post and its votes', async () => {
    const { id, author } = await addPost();
    await vote(id);
    expect(await store.remove(id, author.id)).toBe('removed');
    expect(await countedVotes(id)).toEqual({ shown: undefined, rows: 0 });
    expect(await store.remove(id, author.id)).toBe('not-found');
  });

  test('is for the author alone', async () => {
    const post = await addPost();
    expect(await store.remove(post.id, randomUUID())).toBe('not-the-author');
    expect(await store.findById(post.id)).toEqual(post);
  });

  test('happens once for concurrent requests', async () => {
    const { id, author } = await addPost();
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, () => store.remove(id, author.id)),
    );
    expect(outcomes.toSorted()).toEqual([
      'not-found',
      'not-found',
      'not-found',
      'not-found',
      'removed',
    ]);
  });
});
