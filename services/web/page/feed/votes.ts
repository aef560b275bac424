import { signal, type ReadonlySignal, type Signal } from '@preact/signals';

import type { Post, PostsApi } from '../api/posts.ts';

/** The votes of a post as the page shows them. */
export interface VoteState {
  count: number;
  voted: boolean;
}

export interface Votes {
  of(post: Post): ReadonlySignal<VoteState>;
  /** Takes the counts of posts that were just read, then reads the user's votes for them. */
  load(posts: readonly Post[]): Promise<void>;
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
  /** The user's choice while it is not confirmed. */
  wanted: boolean | undefined;
  shown: Signal<VoteState>;
}

/** Creates the votes of the posts on the page, optimistic: a click is shown before Relay confirms it. */
export function createVotes({ api, onRefused }: VotesOptions): Votes {
  const tallies = new Map<string, Tally>();

  function tallyOf({ id, votes }: Post): Tally {
    let tally = tallies.get(id);
    if (!tally) {
      const confirmed = { count: votes, voted: false };
      tally = { confirmed, wanted: undefined, shown: signal(confirmed) };
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
    tally.confirmed = confirmed;
    show(tally);
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

    async load(posts) {
      for (const post of posts) {
        const tally = tallyOf(post);
        // A vote under way brings its own count.
        if (tally.wanted === undefined) confirm(tally, { ...tally.confirmed, count: post.votes });
      }
      const voted = new Set(await api.votedAmong(posts.map(({ id }) => id)));
      for (const post of posts) {
        const tally = tallyOf(post);
        const { count } = tally.confirmed;
        if (tally.wanted === undefined) confirm(tally, { count, voted: voted.has(post.id) });
      }
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
