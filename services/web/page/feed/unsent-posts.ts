import { signal, type Signal } from '@preact/signals';

import type { Draft } from '../api/posts.ts';

/** The post that a user is writing, with its idempotency key. */
export interface UnsentPost {
  title: Signal<string>;
  url: Signal<string>;
  /** The same key for the same draft: a repetition after a lost response makes no second post. */
  keyOf(draft: Draft): string;
  /** After the post is sent. */
  clear(): void;
}

/** Of each user of this page, by id: outlives the form, and the end of the session. Never stored. */
export type UnsentPosts = (userId: string) => UnsentPost;

export function createUnsentPosts(newKey: () => string = randomKey): UnsentPosts {
  const posts = new Map<string, UnsentPost>();
  return (userId) => {
    const post = posts.get(userId) ?? createUnsentPost(newKey);
    posts.set(userId, post);
    return post;
  };
}

function createUnsentPost(newKey: () => string): UnsentPost {
  let last: { draft: string; key: string } | undefined;
  const [title, url] = [signal(''), signal('')];
  return {
    title,
    url,
    keyOf(draft) {
      const text = JSON.stringify(draft);
      if (last?.draft !== text) last = { draft: text, key: newKey() };
      return last.key;
    },
    clear() {
      title.value = '';
      url.value = '';
      last = undefined;
    },
  };
}

/** Not `crypto.randomUUID`, which is missing over plain HTTP. */
function randomKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}
