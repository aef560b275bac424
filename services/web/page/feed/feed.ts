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
  /** Reads all posts of the state again, page by page. Errors go to the state. */
  refresh(): Promise<void>;
  /** @throws ApiError, NetworkError */
  create(draft: Draft, idempotencyKey: string): Promise<void>;
  /** @throws ApiError, NetworkError */
  remove(post: Post): Promise<void>;
}

interface FeedOptions {
  api: Pick<PostsApi, 'list' | 'top' | 'create' | 'remove'>;
  /** Called before each request; the result is called with its posts, at most 100 at a time. */
  startRead: () => (posts: readonly Post[]) => void;
  kind: FeedKind;
  userId: string;
  now?: () => number;
}

interface Page {
  posts: readonly Post[];
  /** Reads the next page; `undefined` on the last one. */
  more: (() => Promise<Page>) | undefined;
}

/** The sizes of the top list: it has no pages, only a limit, of at most 100. */
const TOP_SIZES = [DEFAULT_TOP, 50, 100];
/** The limit of one request of votes, in posts. */
const MAX_READ = 100;

const EMPTY: FeedState = {
  posts: undefined,
  hasMore: false,
  isLoading: false,
  error: undefined,
  readAtMs: 0,
};

/** Creates a list of posts that grows by pages. */
export function createFeed(options: FeedOptions): Feed {
  const { api, startRead, kind, userId, now = Date.now } = options;
  const state = signal<FeedState>(EMPTY);
  /** A read that began before a deletion may still contain the post. */
  const removed = new Set<string>();
  let next: Page['more'];
  let latest = 0;

  async function top(step = 0): Promise<Page> {
    const limit = TOP_SIZES[step]!;
    const posts = await api.top(limit);
    const isAll = posts.length < limit || step + 1 === TOP_SIZES.length;
    return { posts, more: isAll ? undefined : () => top(step + 1) };
  }

  /** A cursor is a position, so a post that is added or deleted meanwhile repeats and hides no other. */
  async function list(cursor?: string): Promise<Page> {
    const query = { ...(kind === 'mine' && { user: userId }), ...(cursor && { cursor }) };
    const page = await api.list(query);
    return { posts: page.posts, more: page.next ? () => list(page.next!) : undefined };
  }

  async function listUpTo(size: number): Promise<Page> {
    let page = await list();
    const posts = [...page.posts];
    while (page.more && posts.length < size) {
      page = await page.more();
      posts.push(...page.posts);
    }
    return { ...page, posts };
  }

  /** Of loads that overlap, the last one counts. */
  async function load(read: () => Promise<Page>, { appends = false } = {}): Promise<void> {
    latest += 1;
    const own = latest;
    state.value = { ...state.peek(), isLoading: true };
    const onRead = startRead();
    try {
      const page = await read();
      if (own !== latest) return;
      next = page.more;
      const before = (appends && state.peek().posts) || [];
      state.value = {
        posts: [...before, ...page.posts.filter(({ id }) => !removed.has(id))],
        hasMore: next !== undefined,
        isLoading: false,
        error: undefined,
        readAtMs: now(),
      };
      for (let from = 0; from < page.posts.length; from += MAX_READ) {
        onRead(page.posts.slice(from, from + MAX_READ));
      }
    } catch (error) {
      if (own === latest) state.value = { ...state.peek(), isLoading: false, error };
    }
  }

  const reload = () => load(kind === 'top' ? () => top() : () => list());

  return {
    state,
    reload,
    more: async () => {
      if (next) await load(next, { appends: kind !== 'top' });
    },

    refresh: () => {
      const size = state.peek().posts?.length ?? 0;
      const step = TOP_SIZES.findIndex((limit) => limit >= size);
      return load(kind === 'top' ? () => top(step) : () => listUpTo(size));
    },

    async create(draft, idempotencyKey) {
      await api.create(draft, idempotencyKey);
      await reload();
    },

    async remove({ id }) {
      await api.remove(id);
      removed.add(id);
      const { posts } = state.peek();
      state.value = { ...state.peek(), posts: posts?.filter((post) => post.id !== id) };
    },
  };
}
