import type { Cache, CacheRead, Ref, Transactor } from '@relay/cache';
import { v7 as uuidv7 } from 'uuid';

import { loadPage, type PostKeys } from './post-keys.ts';
import type { Author, Draft, PageRequest, Post, PostStore, Removal, Tally } from './post.ts';
import { DEFAULT_PAGE_SIZE, DEFAULT_TOP } from './request.ts';

interface ListRequest extends PageRequest {
  authorId?: string | undefined;
}

/** A read of a page that has no key. */
interface UncachedRead {
  bytes: Buffer;
  outcome: 'uncached';
}

/** JSON bytes, ready to be sent: never write to them. */
export type PostRead = CacheRead | UncachedRead;

/**
 * Posts as the API answers them: reads are the JSON that is cached; writes invalidate every entry in
 * which the post may be seen.
 */
export interface CachedPosts {
  list(request: ListRequest): Promise<PostRead>;
  top(limit: number): Promise<PostRead>;
  /** The bytes are `null` for a post that does not exist: absence is cached too. */
  findById(id: string): Promise<PostRead>;
  create(draft: Draft, author: Author): Promise<Post>;
  /** The new count; `undefined`: no such post. */
  setVote(vote: { postId: string; userId: string; up: boolean }): Promise<number | undefined>;
  remove(id: string, authorId: string): Promise<Removal>;
}

interface CachedPostsOptions<Tx> {
  db: Transactor<Tx>;
  /** Posts outside of any transaction: for reads. */
  posts: PostStore;
  /** Posts inside a transaction: for writes. */
  postsIn: (tx: Tx) => PostStore;
  cache: Cache<Tx>;
  keys: PostKeys;
}

export function createCachedPosts<Tx>(options: CachedPostsOptions<Tx>): CachedPosts {
  const { db, posts, postsIn, cache, keys } = options;

  /** Every entry in which a post of this author may be seen. */
  function refsOf(postId: string, authorId: string): Ref[] {
    return [keys.all(), keys.top(), keys.byUser({ userId: authorId }), keys.byId({ id: postId })];
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

    create(draft, author) {
      const id = uuidv7();
      return cache.mutate(db, refsOf(id, author.id), (tx) =>
        postsIn(tx).add({ ...draft, id, author }),
      );
    },

    async setVote(vote) {
      const tally = await cache.mutate(
        db,
        // The statement returns the author; a vote that changed nothing invalidates nothing.
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
  };
}

async function uncached(load: () => Promise<unknown>): Promise<UncachedRead> {
  return { bytes: Buffer.from(JSON.stringify(await load())), outcome: 'uncached' };
}
