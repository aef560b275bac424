import type { Cache, CacheRead } from '@relay/cache';
import { v7 as uuidv7 } from 'uuid';

import type { Author, Draft, PageRequest, Post, PostStore } from './post.ts';
import { DEFAULT_PAGE_SIZE, DEFAULT_TOP, encodeCursor } from './request.ts';

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
 * cached; writes take away every entry in which the post may be seen, once they have committed.
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

  // After commit: a rollback must leave the cache alone. Should it fail, the cache repeats it and
  // this process reads past the store until that is done.
  const forget = (postId: string, authorId: string) =>
    cache.invalidateCache(keyOf.all, keyOf.top, keyOf.user(authorId), keyOf.id(postId));

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

    async create(draft, author) {
      const post = await posts.add({ ...draft, id: uuidv7(), author });
      await forget(post.id, author.id);
      return post;
    },

    async setVote(vote) {
      const tally = await posts.setVote(vote);
      if (!tally) return undefined;
      await forget(vote.postId, tally.authorId);
      return tally.votes;
    },

    async remove(id, authorId) {
      const outcome = await posts.remove(id, authorId);
      if (outcome === 'removed') await forget(id, authorId);
      return outcome;
    },
  };
}
