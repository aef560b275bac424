import type { Cache, CacheRead } from '@relay/cache';
import { v7 as uuidv7 } from 'uuid';

import type { Author, Draft, PageRequest, Post, PostStore } from './post.ts';
import { DEFAULT_PAGE_SIZE, DEFAULT_TOP, encodeCursor } from './request.ts';
import { mayHaveCommitted } from './write-outcome.ts';

/** Every key of the post service, as metrics name them. */
export const POST_KEYS = [
  'posts:all',
  'posts:user:{userId}',
  `posts:top:${DEFAULT_TOP}`,
  'posts:id:{id}',
] as const;

const keyOf = {
  all: 'posts:all',
  user: (userId: string) => `posts:user:${userId}`,
  top: `posts:top:${DEFAULT_TOP}`,
  id: (id: string) => `posts:id:${id}`,
};

interface ListRequest extends PageRequest {
  authorId?: string | undefined;
}

/**
 * Posts as the API answers them: reads are JSON bytes, ready to be sent and the same that are
 * cached; writes take away every entry in which the post may be seen, once they have committed or
 * nobody can tell whether they have.
 */
export interface CachedPosts {
  list(request: ListRequest): Promise<CacheRead>;
  top(limit: number): Promise<CacheRead>;
  /** The bytes are `null` for a post that is not there: absence is cached like anything else. */
  findById(id: string): Promise<CacheRead>;
  create(draft: Draft, author: Author): Promise<Post>;
  /** The new count; `undefined`: no such post. */
  setVote(vote: { postId: string; userId: string; up: boolean }): Promise<number | undefined>;
  remove(id: string, authorId: string): ReturnType<PostStore['remove']>;
}

interface CachedPostsOptions {
  posts: PostStore;
  cache: Cache;
  ttlSeconds: number;
}

export function createCachedPosts({ posts, cache, ttlSeconds }: CachedPostsOptions): CachedPosts {
  async function read(key: string | undefined, load: () => Promise<unknown>): Promise<CacheRead> {
    const loadJson = async () => JSON.stringify(await load());
    if (key) return cache.read({ key, ttlSeconds, load: loadJson });
    // Only default first pages have a key: the others are as many as there are clients.
    return { bytes: Buffer.from(await loadJson()), outcome: 'bypass' };
  }

  // Should it fail, the cache repeats it and this process reads past the store until that is done.
  const forget = (postId: string, authors: string) =>
    cache.invalidateCache(keyOf.all, keyOf.top, keyOf.user(authors), keyOf.id(postId));

  /** Takes away what a failed write may have made old all the same, and tells the failure on. */
  async function orForget<T>(written: Promise<T>, postId: string, authors: string): Promise<T> {
    return written.catch(async (error: unknown) => {
      if (mayHaveCommitted(error)) await forget(postId, authors);
      throw error;
    });
  }

  return {
    list(request) {
      const isDefault = request.limit === DEFAULT_PAGE_SIZE && !request.after;
      const key = request.authorId ? keyOf.user(request.authorId) : keyOf.all;
      return read(isDefault ? key : undefined, async () => {
        const page = await posts.list(request);
        return { posts: page.posts, next: page.next && encodeCursor(page.next) };
      });
    },

    top: (limit) =>
      read(limit === DEFAULT_TOP ? keyOf.top : undefined, async () => ({
        posts: await posts.top(limit),
      })),

    findById: (id) => read(keyOf.id(id), async () => (await posts.findById(id)) ?? null),

    // Forget after commit: a rollback must leave the cache alone.
    async create(draft, author) {
      const id = uuidv7();
      const post = await orForget(posts.add({ ...draft, id, author }), id, author.id);
      await forget(id, author.id);
      return post;
    },

    async setVote(vote) {
      // Whose post it is only the answer would have said.
      const tally = await orForget(posts.setVote(vote), vote.postId, '*');
      if (!tally) return undefined;
      await forget(vote.postId, tally.authorId);
      return tally.votes;
    },

    async remove(id, authorId) {
      const outcome = await orForget(posts.remove(id, authorId), id, authorId);
      if (outcome === 'removed') await forget(id, authorId);
      return outcome;
    },
  };
}
