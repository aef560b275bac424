import { signal, type ReadonlySignal, type Signal } from '@preact/signals';

import type { Post, PostsApi } from '../api/posts.ts';

/** The votes of a post as the page shows them. */
export interface VoteState {
  count: number;
  voted: boolean;
}

export interface Votes {
  of(post: Post): ReadonlySignal<VoteState>;
  /**
   * Called before a request of posts. The result takes the counts of its posts, then reads the user's votes for
   * them; values that are older than a confirmed vote or than a later read are ignored.
   */
  startRead(): (posts: readonly Post[]) => Promise<void>;
  /** Votes, or takes the vote back: shown at once, and put right if Relay refuses. */
  toggle(post: Post): void;
}

interface VotesOptions {
  api: Pick<PostsApi, 'vote' | 'votedAmong'>;
  onRefused: (error: unknown, post: Post) => void;
}

interface Tally {
  /** Confirmed by Relay. */
  confirmed: VoteState;
  /** The versions of the last confirmation or read of each value. */
  versions: { count: number; voted: number };
  /** The user's choice while it is not confirmed. */
  wanted: boolean | undefined;
  shown: Signal<VoteState>;
}

/** Creates the votes of the posts on the page, optimistic: a click is shown before Relay confirms it. */
export function createVotes({ api, onRefused }: VotesOptions): Votes {
  const tallies = new Map<string, Tally>();
  /** Counts the starts of reads and the confirmations of votes. */
  let version = 0;

  function tallyOf({ id, votes }: Post): Tally {
    let tally = tallies.get(id);
    if (!tally) {
      const confirmed = { count: votes, voted: false };
      tally = {
        confirmed,
        versions: { count: 0, voted: 0 },
        wanted: undefined,
        shown: signal(confirmed),
      };
      tallies.set(id, tally);
    }
    return tally;
  }

  function show(tally: Tally): void {
    const { confirmed, wanted = confirmed.voted } = tally;
    const count = confirmed.count + Number(wanted) - Number(confirmed.voted);
    tally.shown.value = { count, voted: wanted };
  }

  function confirm(tally: Tally, confirmed: VoteState): void {
    version += 1;
    tally.versions = { count: version, voted: version };
    tally.confirmed = confirmed;
    show(tally);
  }

  /** Takes one value of a read that started at a version. */
  function take(tally: Tally, value: Partial<VoteState>, startedAt: number): void {
    const name = 'count' in value ? 'count' : 'voted';
    // A vote under way brings its own count.
    if (tally.wanted !== undefined || startedAt < tally.versions[name]) return;
    tally.versions[name] = startedAt;
    tally.confirmed = { ...tally.confirmed, ...value };
    show(tally);
  }

  function startRead(): number {
    version += 1;
    return version;
  }

  /** Sends the last choice until it is confirmed: clicks meanwhile change it, and are not sent one by one. */
  async function settle(post: Post, tally: Tally): Promise<void> {
    while (tally.wanted !== undefined && tally.wanted !== tally.confirmed.voted) {
      const { wanted } = tally;
      const count = await api.vote(post.id, wanted);
      confirm(tally, { count, voted: wanted });
    }
    tally.wanted = undefined;
  }

  return {
    of: (post) => tallyOf(post).shown,

    startRead() {
      const listedAt = startRead();
      return async (posts) => {
        for (const post of posts) take(tallyOf(post), { count: post.votes }, listedAt);
        const votedAt = startRead();
        const voted = new Set(await api.votedAmong(posts.map(({ id }) => id)));
        for (const post of posts) take(tallyOf(post), { voted: voted.has(post.id) }, votedAt);
      };
    },

    toggle(post) {
      const tally = tallyOf(post);
      const isSettling = tally.wanted !== undefined;
      tally.wanted = !tally.shown.peek().voted;
      show(tally);
      if (isSettling) return;
      settle(post, tally).catch((error: unknown) => {
        tally.wanted = undefined;
        show(tally);
        onRefused(error, post);
      });
    },
  };
}
