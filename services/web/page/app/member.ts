import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

import { messageOf } from '../api/problem.ts';
import type { User } from '../api/session.ts';
import { createCacheWatch, type CacheWatch } from '../cache/cache-watch.ts';
import { createOutageButton, type OutageButton } from '../cache/outage.ts';
import { createFeed, type Feed, type FeedKind } from '../feed/feed.ts';
import { createVotes, type Votes } from '../feed/votes.ts';
import { quoted } from '../ui/quoted.ts';
import type { Services } from './services.ts';

/** The part of the page that belongs to the user who is logged in. */
export interface Member {
  user: User;
  votes: Votes;
  feeds: Readonly<Record<FeedKind, Feed>>;
  watch: CacheWatch;
  outage: OutageButton;
  /** Reads the list on the page once more. */
  readAgain(): Promise<void>;
  /** Sets the list that `readAgain` reads. */
  show(kind: FeedKind): void;
}

export function createMember({ posts, cache, notices }: Services, user: User): Member {
  const votes = createVotes({
    api: posts,
    onRefused: (error, { title }) =>
      notices.show(`Your vote for ${quoted(title)} is not confirmed. ${messageOf(error)}`, 'error'),
  });
  const feedOf = (kind: FeedKind) =>
    createFeed({
      api: posts,
      kind,
      userId: user.id,
      startRead() {
        const load = votes.startRead();
        // Without it, the posts are shown as not voted for: the next read repairs it.
        return (read) => void load(read).catch(() => undefined);
      },
    });
  const feeds = { newest: feedOf('newest'), top: feedOf('top'), mine: feedOf('mine') };
  const watch = createCacheWatch({ api: cache });
  let shown: FeedKind = 'newest';
  const readAgain = () => feeds[shown].reload();
  const outage = createOutageButton({
    api: cache,
    read: () => Promise.all([readAgain(), watch.look()]),
  });
  return { user, votes, feeds, watch, outage, readAgain, show: (kind) => void (shown = kind) };
}

export const MemberContext = createContext<Member | undefined>(undefined);

export function useMember(): Member {
  return useContext(MemberContext)!;
}
