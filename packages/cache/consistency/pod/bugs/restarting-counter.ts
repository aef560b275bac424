import type { CacheStore, EntryAddress, Target } from '@relay/cache';
import type { Redis } from 'ioredis';

const COUNTER_LIFE_MS = 150;

/**
 * Tags as generations in the key: a counter that expires when it is not used, and then begins at
 * zero again, so that entries of its earlier numbers come back.
 */
export function withRestartingCounter(store: CacheStore, client: Redis): CacheStore {
  async function locate({ tags = [], ...address }: EntryAddress): Promise<EntryAddress> {
    if (tags.length === 0) return address;
    const counts = await client.mget(tags.map(counterOf));
    return { ...address, key: `${address.key}@${counts.map((count) => count ?? '0').join('-')}` };
  }

  async function bump(target: Target): Promise<void> {
    if (target.kind !== 'tag') return;
    await client.incr(counterOf(target.tag));
    await client.pexpire(counterOf(target.tag), COUNTER_LIFE_MS);
  }

  // The place of the lease: the counter may move during the load.
  const leased = new Map<string, EntryAddress>();

  return {
    ...store,
    read: async (addresses) => store.read(await Promise.all(addresses.map(locate))),
    async lease(address, token, leaseMs) {
      const place = await locate(address);
      leased.set(token, place);
      return store.lease(place, token, leaseMs);
    },
    extend: (address, lease, leaseMs) =>
      store.extend(leased.get(lease.token) ?? address, lease, leaseMs),
    release(address, lease) {
      const place = leased.get(lease.token) ?? address;
      leased.delete(lease.token);
      return store.release(place, lease);
    },
    fill(address, lease, value) {
      const place = leased.get(lease.token) ?? address;
      leased.delete(lease.token);
      return store.fill(place, lease, value);
    },
    async fence(target, fenceId, fenceMs) {
      await bump(target);
      if (target.kind === 'key') await store.fence(target, fenceId, fenceMs);
    },
    async lift(target, fenceId, value) {
      await bump(target);
      if (target.kind === 'key') return store.lift(target, fenceId, value);
      return { removed: false, stored: false };
    },
  };
}

function counterOf(tag: string): string {
  return `bug:counter:${tag}`;
}
