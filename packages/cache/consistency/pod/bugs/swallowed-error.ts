import type { CacheStore, Outbox } from '@relay/cache';

import type { Tx } from '../database.ts';

/** Counts an invalidation as done even if the store failed. */
export function withSwallowedErrors(store: CacheStore): CacheStore {
  return {
    ...store,
    fence: (...args) => store.fence(...args).catch(() => {}),
    lift: (...args) => store.lift(...args).catch(() => ({ removed: false, stored: false })),
    invalidate: (...args) =>
      store.invalidate(...args).catch(() => ({ removed: false, stored: false })),
  };
}

/** Nothing is written down for later. */
export const noOutbox: Outbox<Tx> = {
  append: () => Promise.resolve(),
  markApplied() {},
  mayHaveCommitted: () => true,
  start() {},
  replay() {},
  close: () => Promise.resolve(),
};
