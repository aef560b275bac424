import { defineKeys, key } from '@relay/cache';

import type { Post, PostStore } from './post.ts';
import { DEFAULT_PAGE_SIZE, DEFAULT_TOP, encodeCursor } from './request.ts';

/** The response body of a page. */
export interface PageBody {
  posts: Post[];
  next: string | null;
}

interface PostKeysOptions {
  posts: Pick<PostStore, 'list' | 'top' | 'findById'>;
  ttlSeconds: number;
  /** For absent posts, of which clients can request any number. */
  absentTtlSeconds: number;
  /** 0: no in-process tier. */
  localTtlSeconds: number;
}

export type PostKeys = ReturnType<typeof definePostKeys>;

/** The cache keys of the post service. Only default first pages are cached: the number of other pages is unbounded. */
export function definePostKeys(options: PostKeysOptions) {
  const { posts, ttlSeconds, absentTtlSeconds, localTtlSeconds } = options;
  const common = {
    ttlSeconds,
    refreshAhead: 1,
    // Serves popular pages during a Postgres outage.
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

/** Loads a page, from the newest post or from a position on. */
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
