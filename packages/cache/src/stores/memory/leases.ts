import { assertKey } from '../../keys/keys.ts';
import type { CacheStore } from '../../protocol/store.ts';
import { GENERATION } from './entries.ts';
import { isRefresh, type MemoryState } from './state.ts';
import { sameEpochs } from './tags.ts';

type Leases = Pick<
  CacheStore,
  'lease' | 'extend' | 'release' | 'fill' | 'leaseRefresh' | 'discard'
>;

export function createLeases(state: MemoryState): Leases {
  const { entries, leases, refreshes, fences, tags, find, isExpired, holds, remove } = state;
  return {
    async lease(address, token, leaseMs) {
      const { key } = address;
      const stored = find(address);
      if (stored && !isExpired(stored)) return { state: 'entry', entry: stored.entry };
      const epochs = tags.epochsOf(address.tags);
      if (!epochs || fences.has(key)) return { state: 'fenced' };
      const grace = address.grace && stored ? { grace: stored.entry } : {};
      const held = leases.get(key);
      // A lease from before a tag was invalidated: its load may have begun before the write.
      if (held && sameEpochs(epochs, held.epochs)) {
        return { state: 'held', token: held.token, ...grace };
      }
      // If an early refresh has outlasted its entry, wait for its load.
      const refresher = stored && refreshes.get(key);
      if (refresher !== undefined) return { state: 'held', token: refresher, ...grace };
      const record = `L:${GENERATION}:${token}`;
      const lease = { token, record, generation: GENERATION, epochs };
      leases.set(key, lease, leaseMs);
      return { state: 'granted', lease, ...grace };
    },
    async extend({ key }, lease, leaseMs) {
      if (!holds(key, lease)) return false;
      if (isRefresh(lease)) refreshes.set(key, lease.token, leaseMs);
      else leases.set(key, lease, leaseMs);
      return true;
    },
    async release({ key }, lease) {
      if (!isRefresh(lease)) {
        if (leases.get(key)?.token === lease.token) leases.delete(key);
      } else if (refreshes.get(key) === lease.token) {
        refreshes.delete(key);
      }
    },
    async fill({ key }, lease, value) {
      assertKey(key);
      if (!holds(key, lease)) return false;
      remove(key);
      entries.put(key, value, lease.epochs);
      return true;
    },
    async leaseRefresh(address, stamp, token, leaseMs) {
      const { key } = address;
      const stored = find(address);
      if (!stored || isExpired(stored) || stored.entry.stamp !== stamp) return undefined;
      if (refreshes.get(key) !== undefined) return undefined;
      refreshes.set(key, token, leaseMs);
      return { token, record: stamp, generation: GENERATION, epochs: stored.epochs };
    },
    async discard({ key }, stamp) {
      if (entries.get(key)?.entry.stamp === stamp && leases.get(key) === undefined) remove(key);
    },
  };
}
