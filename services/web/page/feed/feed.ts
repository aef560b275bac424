import { signal, type ReadonlySignal } from '@preact/signals';

import { DEFAULT_TOP, type Draft, type Post, type PostsApi } from '../api/posts.ts';

/** The lists of the page. */
export type FeedKind = 'newest' | 'top' | 'mine';

export interface FeedState {
  /** `undefined` before the first response. */
  posts: readonly Post[] | undefined;
  hasMore: boolean;
  isLoading: boolean;
  error: unknown;
  /** When the posts were read, in milliseconds since the epoch. */
  readAtMs: number;
}

export interface Feed {
  state: ReadonlySignal<FeedState>;
  /** Reads the first page, and replaces the posts by it. Errors go to the state. */
  reload(): Promise<void>;
  /** Adds the next page. Errors go to the state. */
  more(): Promise<void>;
  /** @throws ApiError, NetworkError */
  create(draft: Draft, idempotencyKey: string): Promise<void>;
  /** @throws ApiError, NetworkError */
  remove(post: Post): Promise<void>;
}

interface FeedOptions {
  api: Pick<PostsApi, 'list' | 'top' | 'create' | 'remove'>;
  /** Called with the posts of each page, at most 100. */
  onRead: (posts: readonly Post[]) => void;
  kind: FeedKind;
  userId: string;
  now?: () => number;
}

interface Page {
  /** Up to the end of this page. */
  posts: readonly Post[];
  /** Of this page. */
  read: readonly Post[];
  /** Reads the next page; `undefined` on the last one. */
  more: (() => Promise<Page>) | undefined;
}

/** The sizes of the top list: it has no pages, only a limit, of at most 100. */
const TOP_SIZES = [DEFAULT_TOP, 50, 100];

const EMPTY: FeedState = {
  posts: undefined,
  hasMore: false,
  isLoading: false,
  error: undefined,
  readAtMs: 0,
};

/** Creates a list of posts that grows by pages. */
export function createFeed(options: FeedOptions): Feed {
  const { api, onRead, kind, userId, now = Date.now } = options;
  const state = signal<FeedState>(EMPTY);
  let next: Page['more'];
  let latest = 0;

  async function top(step = 0): Promise<Page> {
    const limit = TOP_SIZES[step]!;
    const posts = await api.top(limit);
    const isAll = posts.length < limit || step + 1 === TOP_SIZES.length;
    return { posts, read: posts, more: isAll ? undefined : () => top(step + 1) };
  }

  async function list(before: readonly Post[] = [], cursor?: string): Promise<Page> {
    const query = { ...(kind === 'mine' && { user: userId }), ...(cursor && { cursor }) };
    const page = await api.list(query);
    // A cursor is a position, so a post that is added or deleted meanwhile repeats and hides no other.
    const posts = [...before, ...page.posts];
    const more = page.next ? () => list(posts, page.next!) : undefined;
    return { posts, read: page.posts, more };
  }

  /** Of loads that overlap, the last one counts. */
  async function load(read: () => Promise<Page>): Promise<void> {
    latest += 1;
    const own = latest;
    state.value = { ...state.peek(), isLoading: true };
    try {
      const page = await read();
      if (own !== latest) return;
      next = page.more;
      state.value = {
        posts: page.posts,
        hasMore: next !== undefined,
        isLoading: false,
        error: undefined,
        readAtMs: now(),
      };
      onRead(page.read);
    } catch (error) {
      if (own === latest) state.value = { ...state.peek(), isLoading: false, error };
    }
  }

  const reload = () => load(kind === 'top' ? () => top() : () => list());

  return {
    state,
    reload,
    more: async () => {
      if (next) await load(next);
    },

    async create(draft, idempotencyKey) {
      await api.create(draft, idempotencyKey);
      await reload();
    },

    async remove({ id }) {
      await api.remove(id);
      const { posts } = state.peek();
      state.value = { ...state.peek(), posts: posts?.filter((post) => post.id !== id) };
    },
  };
}
