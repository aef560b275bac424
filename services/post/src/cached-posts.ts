import type { Cache, CacheRead, Ref, Transactor } from '@relay/cache';
import { v7 as uuidv7 } from 'uuid';

import type { IdempotencyStore } from './idempotency-store.ts';
import { fingerprintOf, Replay, writeOnce } from './idempotency.ts';
import { loadPage, type PostKeys } from './post-keys.ts';
import type { Author, Draft, PageRequest, Post, PostStore, Removal, Tally } from './post.ts';
import { DEFAULT_PAGE_SIZE, DEFAULT_TOP } from './request.ts';

interface ListRequest extends PageRequest {
  authorId?: string | undefined;
}

/** A read of a page that has no cache key. */
interface UncachedRead {
  bytes: Buffer;
  outcome: 'uncached';
}

/** JSON bytes to send. They are shared: do not modify them. */
export type PostRead = CacheRead | UncachedRead;

/** Posts through the cache: reads return cached JSON; writes invalidate every entry that contains the post. */
export interface CachedPosts {
  list(request: ListRequest): Promise<PostRead>;
  top(limit: number): Promise<PostRead>;
  /** The bytes are `null` for an absent post: absence is cached too. */
  findById(id: string): Promise<PostRead>;
  /**
   * With an `idempotencyKey`, a repetition returns the first result.
   *
   * @throws AppError `conflict` or `idempotency-key-reused`: see `writeOnce`
   */
  create(draft: Draft, author: Author, idempotencyKey?: string): Promise<Post>;
  /** Returns the new count; `undefined` if the post does not exist. */
  setVote(vote: { postId: string; userId: string; up: boolean }): Promise<number | undefined>;
  remove(id: string, authorId: string): Promise<Removal>;
  /** Replaces the author's name on at most `limit` posts, and returns their number. */
  removeAuthorName(authorId: string, limit: number): Promise<number>;
}

interface CachedPostsOptions<Tx> {
  db: Transactor<Tx>;
  /** For reads, without a transaction. */
  posts: PostStore;
  /** For writes, inside a transaction. */
  postsIn: (tx: Tx) => PostStore;
  /** The store of idempotency keys, inside a transaction. */
  idempotencyIn: (tx: Tx) => Pick<IdempotencyStore, 'claim' | 'remember'>;
  cache: Cache<Tx>;
  keys: PostKeys;
}

export function createCachedPosts<Tx>(options: CachedPostsOptions<Tx>): CachedPosts {
  const { db, posts, postsIn, idempotencyIn, cache, keys } = options;

  /** Every list that may contain a post of this author. */
  function listsOf(authorId: string): Ref[] {
    return [keys.all(), keys.top(), keys.byUser({ userId: authorId })];
  }

  /** Every entry that may contain the post. */
  function refsOf(postId: string, authorId: string): Ref[] {
    return [...listsOf(authorId), keys.byId({ id: postId })];
  }

  /** Every list that may contain a new post, and its own entry, which is written through. */
  function refsOfNew(postId: string, authorId: string): Ref<Post>[] {
    const own = { writeThrough: keys.byId({ id: postId }), value: (post: Post) => post };
    return [...listsOf(authorId), own];
  }

  return {
    list({ authorId, ...page }) {
      const isDefault = page.limit === DEFAULT_PAGE_SIZE && !page.after;
      if (!isDefault) return uncached(() => loadPage(posts, authorId, page));
      return cache.getBytes(authorId ? keys.byUser({ userId: authorId }) : keys.all());
    },

    top: (limit) =>
      limit === DEFAULT_TOP
        ? cache.getBytes(keys.top())
        : uncached(async () => ({ posts: await posts.top(limit) })),

    findById: (id) => cache.getBytes(keys.byId({ id })),

    async create(draft, author, idempotencyKey) {
      const id = uuidv7();
      const add = (tx: Tx) => postsIn(tx).add({ ...draft, id, author });
      const refs = refsOfNew(id, author.id);
      if (idempotencyKey === undefined) return cache.mutate(db, refs, add);
      const fingerprint = fingerprintOf(draft);
      const request = { userId: author.id, key: idempotencyKey, fingerprint };
      return cache
        .mutate(db, refs, (tx) => writeOnce(idempotencyIn(tx), request, () => add(tx)))
        .catch((error: unknown) => {
          if (error instanceof Replay) return error.post;
          throw error;
        });
    },

    async setVote(vote) {
      const tally = await cache.mutate(
        db,
        // Only the statement's result has the author. An absent post has no entries to invalidate.
        (tally: Tally | undefined) => (tally ? refsOf(vote.postId, tally.authorId) : []),
        (tx) => postsIn(tx).setVote(vote),
      );
      return tally?.votes;
    },

    remove: (id, authorId) =>
      cache.mutate(
        db,
        (outcome: Removal) => (outcome === 'removed' ? refsOf(id, authorId) : []),
        (tx) => postsIn(tx).remove(id, authorId),
      ),

    async removeAuthorName(authorId, limit) {
      const renamed = await cache.mutate(
        db,
        (ids: string[]) =>
          ids.length === 0 ? [] : [...listsOf(authorId), ...ids.map((id) => keys.byId({ id }))],
        (tx) => postsIn(tx).removeAuthorName(authorId, limit),
      );
      return renamed.length;
    },
  };
}

async function uncached(load: () => Promise<unknown>): Promise<UncachedRead> {
  return { bytes: Buffer.from(JSON.stringify(await load())), outcome: 'uncached' };
}
