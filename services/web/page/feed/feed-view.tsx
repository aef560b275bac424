import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

import { messageOf } from '../api/problem.ts';
import { useMember } from '../app/member.ts';
import { useServices } from '../app/services.ts';
import { Failure } from '../ui/failure.tsx';
import { focusHeading, Heading } from '../ui/heading.tsx';
import type { Feed, FeedKind, FeedState } from './feed.ts';
import { PostForm } from './post-form.tsx';
import { PostItem } from './post-item.tsx';

const TEXTS: Readonly<Record<FeedKind, { title: string; empty: string; more: string }>> = {
  newest: {
    title: 'Newest',
    empty:
      'No links yet. Post the first one: it is on this list at once, and in the cache with the next read.',
    more: 'Older posts',
  },
  top: { title: 'Top', empty: 'No links yet, so none has votes.', more: 'More posts' },
  mine: { title: 'My posts', empty: 'You have not posted a link yet.', more: 'Older posts' },
};

/** A list of posts with its form and its pages. */
export function FeedView({ kind }: { kind: FeedKind }) {
  const { feeds, show } = useMember();
  const feed = feeds[kind];
  const { title, empty, more } = TEXTS[kind];
  const state = feed.state.value;
  useEffect(() => {
    show(kind);
    void feed.reload();
  }, [feed]);
  useRefreshOnReturn(feed);
  const { list, more: readMore } = useMore(feed);
  return (
    <>
      <Heading>{title}</Heading>
      {kind !== 'top' && <PostForm feed={feed} />}
      <FeedError feed={feed} state={state} />
      {state.posts?.length === 0 && <p class="empty card">{empty}</p>}
      {state.posts === undefined && !state.error && <Skeleton />}
      <ol ref={list} class="posts" aria-label={title} aria-busy={state.isLoading}>
        {state.posts?.map((post, index) => (
          <PostItem
            key={post.id}
            post={post}
            feed={feed}
            rank={kind === 'top' ? index + 1 : undefined}
          />
        ))}
      </ol>
      {state.hasMore && (
        <button
          type="button"
          class="button wide"
          aria-disabled={state.isLoading}
          onClick={() => void (state.isLoading || readMore())}
        >
          {state.isLoading ? 'Loading…' : more}
        </button>
      )}
    </>
  );
}

/** Reads the next page, and moves the focus to its first post: the button may be gone. */
function useMore(feed: Feed) {
  const list = useRef<HTMLOListElement>(null);
  const shown = useRef<number>(undefined);
  const { posts } = feed.state.value;
  useLayoutEffect(() => {
    const from = shown.current;
    shown.current = undefined;
    if (from === undefined) return;
    const link = list.current?.children[from]?.querySelector<HTMLElement>('.post-title a');
    link?.focus({ preventScroll: true });
  }, [posts]);
  function more(): Promise<void> {
    shown.current = posts?.length;
    return feed.more();
  }
  return { list, more };
}

/** Reads the posts again when the connection is back. */
function useRefreshOnReturn({ refresh }: Feed): void {
  const isReachable = useServices().reachable.value;
  const wasReachable = useRef(isReachable);
  useEffect(() => {
    if (isReachable && !wasReachable.current) void refresh();
    wasReachable.current = isReachable;
  }, [isReachable, refresh]);
}

function FeedError({ feed, state }: { feed: Feed; state: FeedState }) {
  const { reachable } = useServices();
  // With posts to show, the banner about the connection is enough.
  if (!state.error || (state.posts && !reachable.value)) return null;

  async function tryAgain(): Promise<void> {
    await feed.reload();
    // The button is about to go.
    if (feed.state.peek().error === undefined) focusHeading();
  }

  const asOf = new Date(state.readAtMs).toLocaleTimeString('en');
  return (
    <Failure onRetry={() => void tryAgain()}>
      {messageOf(state.error)}
      {state.posts && ` The list is as it was at ${asOf}.`}
    </Failure>
  );
}

function Skeleton() {
  return (
    <div class="skeleton" role="status" aria-label="Loading posts">
      {[0, 1, 2, 3, 4].map((row) => (
        <div key={row} class="skeleton-row" />
      ))}
    </div>
  );
}
