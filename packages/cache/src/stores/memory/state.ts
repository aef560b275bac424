import { assertKey } from '../../keys/keys.ts';
import type { EntryAddress, Lease } from '../../protocol/store.ts';
import { createBoundedMap, type BoundedMap } from './bounded-map.ts';
import { createEntries, type Entries, type Stored } from './entries.ts';
import { createFenceMap, type FenceMap } from './fence-map.ts';
import { createTags, sameEpochs, type Tags } from './tags.ts';

/** All that a store in memory holds. */
export interface MemoryState {
  entries: Entries;
  /** The lease of the reader that loads a key. */
  leases: BoundedMap<Lease>;
  /** The token of the reader that refreshes a key. */
  refreshes: BoundedMap<string>;
  fences: FenceMap;
  tags: Tags;
  /** The entry, also if its time has passed; `undefined` if it was invalidated. */
  find(address: EntryAddress): Stored | undefined;
  isExpired(stored: Stored): boolean;
  holds(key: string, lease: Lease): boolean;
  /** Removes entry and leases. Returns whether there was an entry that had not expired. */
  remove(key: string): boolean;
}

export function createMemoryState(options: {
  maxEntries: number;
  maxBytes: number;
  now: () => number;
}): MemoryState {
  const { maxEntries, now } = options;
  const tokens = { now, maxEntries, maxSize: maxEntries, sizeOf: () => 1 };
  const entries = createEntries(options);
  const leases = createBoundedMap<Lease>(tokens);
  const refreshes = createBoundedMap<string>(tokens);
  const tags = createTags(maxEntries, now);

  return {
    entries,
    leases,
    refreshes,
    fences: createFenceMap(maxEntries, now),
    tags,
    find(address) {
      assertKey(address.key);
      const stored = entries.get(address.key);
      const current = stored && tags.epochsOf(address.tags);
      return current && sameEpochs(current, stored.epochs) ? stored : undefined;
    },
    isExpired: (stored) => stored.expiresAtMs <= now(),
    holds(key, lease) {
      if (!isRefresh(lease)) return leases.get(key)?.token === lease.token;
      const isUnchanged = entries.get(key)?.entry.stamp === lease.record;
      return isUnchanged && refreshes.get(key) === lease.token && leases.get(key) === undefined;
    },
    remove(key) {
      const stored = entries.get(key);
      leases.delete(key);
      refreshes.delete(key);
      entries.delete(key);
      return stored !== undefined && stored.expiresAtMs > now();
    },
  };
}

export function isRefresh(lease: Lease): boolean {
  return lease.record.startsWith('E:');
}
