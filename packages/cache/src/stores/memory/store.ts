import type { CacheStore } from '../../protocol/store.ts';
import { createLeases } from './leases.ts';
import { createRemovals } from './removals.ts';
import { createMemoryState } from './state.ts';

export interface MemoryStoreOptions {
  /** The most entries; beyond it the least recently used one is evicted. Default 10,000. */
  maxEntries?: number;
  /** Bytes of values kept, in the same way. Default 64 MiB. */
  maxBytes?: number;
  /** The present time in milliseconds. Default `Date.now`. */
  now?: () => number;
}

/**
 * Entries in this process alone: for a single process without Redis, and for unit tests. Two
 * processes with a store each do not see one another's invalidations.
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): CacheStore {
  const { maxEntries = 10_000, maxBytes = 64 * 1024 ** 2, now = Date.now } = options;
  const state = createMemoryState({ maxEntries, maxBytes, now });
  const { entries, leases, refreshes, fences, tags } = state;
  return {
    async read(addresses) {
      return addresses.map((address) => {
        const stored = state.find(address);
        return stored && !state.isExpired(stored) ? stored.entry : undefined;
      });
    },
    ...createLeases(state),
    ...createRemovals(state),
    async ping() {},
    async info() {
      entries.expire();
      return { keyCount: entries.count, usedMemoryBytes: entries.size, maxMemoryBytes: maxBytes };
    },
    now,
    onReplaced: () => () => {},
    async close() {
      for (const part of [entries, leases, refreshes, fences, tags]) part.clear();
    },
  };
}
