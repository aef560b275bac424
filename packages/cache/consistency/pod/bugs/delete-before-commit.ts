import type { CacheStore } from '@relay/cache';

/** Removes entries before the commit and not after it: a reader in between stores the old value again. */
export function withDeleteBeforeCommit(store: CacheStore): CacheStore {
  return {
    ...store,
    async fence(target) {
      await store.invalidate(target);
    },
    lift: () => Promise.resolve({ removed: false, stored: false }),
  };
}
