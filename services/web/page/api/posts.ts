import { unlessGone } from './problem.ts';
import type { Send } from './transport.ts';

export interface Post {
  id: string;
  title: string;
  url: string;
  votes: number;
  author: { id: string; username: string };
  createdAt: string;
}

export interface PostPage {
  posts: readonly Post[];
  /** The cursor of the next page. */
  next: string | null;
}

export interface Draft {
  title: string;
  url: string;
}

/** The calls of the post service that the page makes. All may throw an ApiError or a NetworkError. */
export interface PostsApi {
  list(query: { user?: string; cursor?: string }): Promise<PostPage>;
  top(limit: number): Promise<readonly Post[]>;
  /** @param idempotencyKey repeated with the same draft, it makes one post */
  create(draft: Draft, idempotencyKey: string): Promise<Post>;
  /** Resolves too if the post has been deleted already. */
  remove(id: string): Promise<void>;
  /** @returns the new number of votes */
  vote(id: string, up: boolean): Promise<number>;
  /** Of these posts, at most 100, those that the user has voted for. */
  votedAmong(ids: readonly string[]): Promise<readonly string[]>;
}

/** The default limit of the API, which alone has a cached entry. */
export const DEFAULT_TOP = 10;

/** @param send with the access token */
export function createPostsApi(send: Send): PostsApi {
  return {
    list(query) {
      const search = new URLSearchParams(query).toString();
      return send({ method: 'GET', path: `/api/posts${search && '?'}${search}` });
    },

    async top(limit) {
      const path = `/api/posts/top${limit === DEFAULT_TOP ? '' : `?limit=${limit}`}`;
      return (await send<{ posts: Post[] }>({ method: 'GET', path })).posts;
    },

    create: (draft, idempotencyKey) =>
      send({
        method: 'POST',
        path: '/api/posts',
        body: draft,
        headers: { 'Idempotency-Key': `"${idempotencyKey}"` },
        isRepeatable: true,
      }),

    remove: (id) => unlessGone(send({ method: 'DELETE', path: `/api/posts/${id}` })),

    async vote(id, up) {
      const path = `/api/posts/${id}/upvote`;
      const method = up ? 'PUT' : 'DELETE';
      return (await send<{ votes: number }>({ method, path, isRepeatable: true })).votes;
    },

    async votedAmong(ids) {
      const path = `/api/posts/votes?ids=${ids.join(',')}`;
      return (await send<{ voted: string[] }>({ method: 'GET', path })).voted;
    },
  };
}
