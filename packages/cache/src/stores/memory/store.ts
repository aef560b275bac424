import { assertKey, patternToRegExp } from '../../keys/keys.ts';
import type { CacheStore } from '../../protocol/store.ts';
import { createBoundedMap } from './bounded-map.ts';

interface MemoryStoreOptions {
  /** Entries kept; beyond it the one that was used longest ago goes. Default 10,000. */
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
  const entries = createBoundedMap<Buffer>({
    now,
    maxEntries,
    maxSize: maxBytes,
    sizeOf: (bytes) => bytes.length,
  });
  const tokens = createBoundedMap<string>({
    now,
    maxEntries,
    maxSize: maxEntries,
    sizeOf: () => 1,
  });

  return {
    async get(key) {
      return entries.get(key);
    },
    async lease(key, token, leaseMs) {
      assertKey(key);
      const bytes = entries.get(key);
      if (bytes) return { bytes };
      const held = tokens.get(key);
      if (held === undefined) tokens.set(key, token, leaseMs);
      return { token: held ?? token };
    },
    async fill(key, token, bytes, ttlMs) {
      assertKey(key);
      if (tokens.get(key) !== token) return false;
      tokens.delete(key);
      entries.set(key, Buffer.from(bytes), ttlMs);
      return true;
    },
    async delete(key) {
      assertKey(key);
      tokens.delete(key);
      return entries.delete(key);
    },
    async deleteMatching(pattern, signal) {
      signal?.throwIfAborted();
      const expression = patternToRegExp(pattern);
      for (const key of tokens.keys()) if (expression.test(key)) tokens.delete(key);
      let removed = 0;
      for (const key of entries.keys()) {
        if (expression.test(key) && entries.delete(key)) removed += 1;
      }
      return removed;
    },
    async ping() {},
    async info() {
      entries.expire();
      return { keyCount: entries.count, usedMemoryBytes: entries.size, maxMemoryBytes: maxBytes };
    },
    async close() {
      entries.clear();
      tokens.clear();
    },
  };
}
