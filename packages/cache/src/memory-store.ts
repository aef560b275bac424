import { assertKey, patternToRegExp } from './keys.ts';
import type { CacheStore } from './store.ts';

interface MemoryStoreOptions {
  /** Entries kept; beyond it the one that was used longest ago goes. Default 10,000. */
  maxEntries?: number;
  /** The present time in milliseconds. Default `Date.now`. */
  now?: () => number;
}

interface Entry {
  bytes: Buffer;
  expiresAt: number;
}

interface Lease {
  token: string;
  expiresAt: number;
}

/**
 * Entries in this process alone: for a single process without Redis, and for unit tests. Two
 * processes with a store each do not see one another's invalidations.
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): CacheStore {
  const { maxEntries = 10_000, now = Date.now } = options;
  // A Map keeps its insertion order: whatever is used goes to the end, whatever is first goes.
  const entries = new Map<string, Entry>();
  const leases = new Map<string, Lease>();

  function live<T extends { expiresAt: number }>(map: Map<string, T>, key: string): T | undefined {
    const found = map.get(key);
    if (!found || found.expiresAt > now()) return found;
    map.delete(key);
    return undefined;
  }

  function keep<T>(map: Map<string, T>, key: string, value: T): void {
    map.delete(key);
    map.set(key, value);
    const oldest = map.keys().next();
    if (map.size > maxEntries && !oldest.done) map.delete(oldest.value);
  }

  function use(key: string): Buffer | undefined {
    const found = live(entries, key);
    if (found) keep(entries, key, found);
    return found?.bytes;
  }

  return {
    async get(key) {
      return use(key);
    },
    async lease(key, token, leaseMs) {
      assertKey(key);
      const bytes = use(key);
      if (bytes) return { bytes };
      const held = live(leases, key);
      if (held) return { token: held.token };
      keep(leases, key, { token, expiresAt: now() + leaseMs });
      return { token };
    },
    async fill(key, token, bytes, ttlMs) {
      assertKey(key);
      if (live(leases, key)?.token !== token) return false;
      leases.delete(key);
      keep(entries, key, { bytes: Buffer.from(bytes), expiresAt: now() + ttlMs });
      return true;
    },
    async delete(key) {
      assertKey(key);
      leases.delete(key);
      const existed = live(entries, key) !== undefined;
      entries.delete(key);
      return existed;
    },
    async deleteMatching(pattern) {
      const expression = patternToRegExp(pattern);
      for (const key of leases.keys()) if (expression.test(key)) leases.delete(key);
      let removed = 0;
      for (const key of entries.keys()) {
        if (!expression.test(key)) continue;
        if (live(entries, key)) removed += 1;
        entries.delete(key);
      }
      return removed;
    },
    async ping() {},
    async info() {
      let keyCount = 0;
      let usedMemoryBytes = 0;
      for (const key of entries.keys()) {
        const entry = live(entries, key);
        if (!entry) continue;
        keyCount += 1;
        usedMemoryBytes += entry.bytes.length;
      }
      return { keyCount, usedMemoryBytes, maxMemoryBytes: null };
    },
    async close() {
      entries.clear();
      leases.clear();
    },
  };
}
