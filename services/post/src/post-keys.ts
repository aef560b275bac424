import { defineKeys, key } from '@relay/cache';

import type { Post, PostStore } from './post.ts';
import { DEFAULT_PAGE_SIZE, DEFAULT_TOP, encodeCursor } from './request.ts';

/** A page as the API sends it. */
export interface PageBody {
  posts: Post[];
  next: string | null;
}

interface PostKeysOptions {
  posts: Pick<PostStore, 'list' | 'top' | 'findById'>;
  ttlSeconds: number;
  /** For posts that do not exist: anyone may ask for as many as they like. */
  absentTtlSeconds: number;
  /** 0: entries are in Redis alone. */
  localTtlSeconds: number;
}

export type PostKeys = ReturnType<typeof definePostKeys>;

/** Every key of the post service. Only the default first pages have one: others are as many as there are clients. */
export function definePostKeys(options: PostKeysOptions) {
  const { posts, ttlSeconds, absentTtlSeconds, localTtlSeconds } = options;
  const common = {
    ttlSeconds,
    refreshAhead: 1,
    // A Postgres that is away for a while need not be noticed by readers of popular pages.
    staleIfErrorSeconds: ttlSeconds,
    ...(localTtlSeconds > 0 && { localTtlSeconds }),
  };
  return defineKeys({
    all: key('posts:all', {
      ...common,
      load: () => loadPage(posts),
    }),
    byUser: key('posts:user:{userId}', {
      ...common,
      load: ({ userId }) => loadPage(posts, String(userId)),
    }),
    top: key(`posts:top:${DEFAULT_TOP}`, {
      ...common,
      load: async () => ({ posts: await posts.top(DEFAULT_TOP) }),
    }),
    byId: key('posts:id:{id}', {
      ...common,
      negativeTtlSeconds: Math.min(absentTtlSeconds, ttlSeconds),
      load: async ({ id }) => (await posts.findById(String(id))) ?? null,
    }),
  });
}

/** One page, from its first post or from a position. */
export async function loadPage(
  posts: Pick<PostStore, 'list'>,
  authorId?: string,
  { limit, after }: Omit<Parameters<PostStore['list']>[0], 'authorId'> = {
    limit: DEFAULT_PAGE_SIZE,
  },
): Promise<PageBody> {
  const page = await posts.list({ limit, after, authorId });
  return { posts: page.posts, next: page.next && encodeCursor(page.next) };
}
