import { createCache, createMemoryStore } from '@relay/cache';
import { createIdleOutbox } from '@relay/cache/testing';
import { beforeEach, expect, test, vi } from 'vitest';

import { createCachedPosts } from './cached-posts.ts';
import type { UsedKey } from './idempotency-store.ts';
import { definePostKeys } from './post-keys.ts';
import type { Post, PostStore } from './post.ts';
import { newAuthor } from './testing/tokens.ts';

const FIXED_ID = '0190f5fe-7c00-7a00-8000-00000000000a';
vi.mock('uuid', () => ({ v7: () => FIXED_ID }));

const ann = newAuthor();
const draft = { title: 'A title', url: 'https://a.example/' };
const post: Post = { id: FIXED_ID, ...draft, votes: 0, author: ann, createdAt: new Date(0) };

/** The used idempotency keys. */
let used: Map<string, UsedKey>;
let posts: { [Method in keyof PostStore]: ReturnType<typeof vi.fn<PostStore[Method]>> };
beforeEach(() => {
  used = new Map();
  posts = {
    add: vi.fn<PostStore['add']>(async () => post),
    findById: vi.fn<PostStore['findById']>(async () => undefined),
    list: vi.fn<PostStore['list']>(async () => ({ posts: [], next: null })),
    top: vi.fn<PostStore['top']>(async () => []),
    setVote: vi.fn<PostStore['setVote']>(async () => undefined),
    votedAmong: vi.fn<PostStore['votedAmong']>(async () => []),
    remove: vi.fn<PostStore['remove']>(async () => 'not-found'),
    namedAuthors: vi.fn<PostStore['namedAuthors']>(async () => []),
    removeAuthorName: vi.fn<PostStore['removeAuthorName']>(async () => []),
  };
});

function setUp() {
  const lifetimes = { ttlSeconds: 300, absentTtlSeconds: 30, localTtlSeconds: 0 };
  const keys = definePostKeys({ posts, ...lifetimes });
  const cache = createCache({ store: createMemoryStore(), keys, outbox: createIdleOutbox() });
  const db = { transaction: <T>(work: (tx: object) => Promise<T>) => work({}) };
  return createCachedPosts({
    db,
    posts,
    postsIn: () => posts,
    idempotencyIn: () => ({
      claim: async ({ key }) => used.get(key),
      remember: async ({ key, fingerprint }, made) =>
        void used.set(key, { fingerprint, post: made }),
    }),
    cache,
    keys,
  });
}

test('a post that was cached as absent is there once it has been added, and is a hit', async () => {
  const cached = setUp();
  expect((await cached.findById(FIXED_ID)).bytes.toString()).toBe('null');
  expect((await cached.findById(FIXED_ID)).outcome).toBe('hit');
  await cached.create(draft, ann);
  const found = await cached.findById(FIXED_ID);
  expect([found.outcome, JSON.parse(found.bytes.toString())]).toEqual([
    'hit',
    { ...post, createdAt: '1970-01-01T00:00:00.000Z' },
  ]);
});

test('a repeated request gets the first result, and invalidates nothing', async () => {
  const cached = setUp();
  const first = await cached.create(draft, ann, 'key');
  await cached.list({ limit: 50 });
  posts.add.mockResolvedValue({ ...post, title: 'Never added' });
  expect(await cached.create(draft, ann, 'key')).toEqual(first);
  expect(posts.add).toHaveBeenCalledOnce();
  expect((await cached.list({ limit: 50 })).outcome).toBe('hit');
  await cached.create(draft, ann, 'another key');
  await cached.create(draft, ann);
  expect(posts.add).toHaveBeenCalledTimes(3);
});

test('a write without a change invalidates nothing', async () => {
  const cached = setUp();
  await cached.findById(FIXED_ID);
  expect(await cached.setVote({ postId: FIXED_ID, userId: ann.id, up: true })).toBeUndefined();
  expect(await cached.remove(FIXED_ID, ann.id)).toBe('not-found');
  expect((await cached.findById(FIXED_ID)).outcome).toBe('hit');
});

test('the error of a write that Postgres did not receive is rethrown, and nothing is invalidated', async () => {
  const cached = setUp();
  await cached.list({ limit: 50 });
  const refused = Object.assign(new Error('Postgres is away'), { syscall: 'connect' });
  posts.add.mockRejectedValue(refused);
  await expect(cached.create(draft, ann)).rejects.toBe(refused);
  expect((await cached.list({ limit: 50 })).outcome).toBe('hit');
});

test('a write invalidates every entry that may contain its post, and no other', async () => {
  const cached = setUp();
  const [limit, other] = [50, newAuthor()];
  const read = async () => {
    const reads = [
      cached.list({ limit }),
      cached.top(10),
      cached.list({ limit, authorId: ann.id }),
      cached.findById(FIXED_ID),
      cached.list({ limit, authorId: other.id }),
    ];
    return (await Promise.all(reads)).map(({ outcome }) => outcome);
  };
  posts.setVote.mockResolvedValue({ votes: 1, authorId: ann.id });
  posts.remove.mockResolvedValue('removed');
  const vote = { postId: FIXED_ID, userId: other.id, up: true };
  for (const [write, own] of [
    // The writer stores the new post itself.
    [() => cached.create(draft, ann), 'hit'],
    [() => cached.setVote(vote), 'miss'],
    [() => cached.remove(FIXED_ID, ann.id), 'miss'],
  ] as const) {
    await read();
    expect(await read()).toEqual(Array.from({ length: 5 }, () => 'hit'));
    await write();
    expect(await read()).toEqual(['miss', 'miss', 'miss', own, 'hit']);
  }
});

test('the error of a failed read is rethrown and not cached', async () => {
  const cached = setUp();
  posts.top.mockRejectedValueOnce(new Error('Postgres is away'));
  await expect(cached.top(10)).rejects.toThrow('Postgres is away');
  expect((await cached.top(10)).outcome).toBe('miss');
});

test('only first pages of the default size are cached', async () => {
  const cached = setUp();
  const after = { createdAt: new Date(0), id: FIXED_ID };
  for (const request of [
    { limit: 50, after },
    { limit: 49 },
    { limit: 50, after, authorId: ann.id },
  ]) {
    expect((await cached.list(request)).outcome).toBe('uncached');
    expect((await cached.list(request)).outcome).toBe('uncached');
  }
  expect(posts.list).toHaveBeenCalledTimes(6);
});
