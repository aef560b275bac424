import type { Redis } from 'ioredis';

import { CacheUsageError } from '../../errors.ts';
import { assertKey, hasHashTag } from '../../keys/keys.ts';
import type { CacheStore, StoreInfo } from '../../protocol/store.ts';
import { dropArguments, type RedisClient } from './client.ts';
import { escapeGlob, leaseGlob, leaseKey } from './key-names.ts';

// KEYS: entry, lease. ARGV: token, life in ms. Returns {value} or {false, the token that holds}.
const LEASE = `
local value = redis.call('GET', KEYS[1])
if value then return {value} end
local held = redis.call('GET', KEYS[2])
if held then return {false, held} end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return {false, ARGV[1]}`;

// KEYS: entry, lease. ARGV: token, bytes, life in ms. Returns 1 if the bytes were stored.
const FILL = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
return 1`;

// KEYS: entry, lease. Returns how many entries that removed. In one script, because a fill between
// two commands could store what is being removed.
const DELETE = `
redis.call('UNLINK', KEYS[2])
return redis.call('UNLINK', KEYS[1])`;

const SCAN_COUNT = 500;

interface Scripts {
  relayLeaseBuffer(
    key: string,
    lease: string,
    token: string,
    leaseMs: number,
  ): Promise<[Buffer | null, Buffer?]>;
  relayFill(
    key: string,
    lease: string,
    token: string,
    bytes: Uint8Array,
    ttlMs: number,
  ): Promise<number>;
  relayDelete(key: string, lease: string): Promise<number>;
}

/**
 * Entries in Redis, 6 or newer, or Valkey: one server, a Sentinel set or a Cluster. The entry under a key is
 * exactly the bytes that were stored; its lease lives beside it in the same hash slot.
 *
 * Never KEYS and never FLUSHALL: a pattern is walked with SCAN on every master and removed with
 * UNLINK.
 *
 * @param client stays the caller's to close; `createRedisClient` makes one that fails fast
 */
export function createRedisStore({ client }: { client: RedisClient }): CacheStore {
  client.defineCommand('relayLease', { numberOfKeys: 2, lua: LEASE });
  client.defineCommand('relayFill', { numberOfKeys: 2, lua: FILL });
  client.defineCommand('relayDelete', { numberOfKeys: 2, lua: DELETE });
  const scripts = client as RedisClient & Scripts;
  const keyPrefix = client.options.keyPrefix ?? '';
  if (/[{}]/.test(keyPrefix) && !hasHashTag(keyPrefix)) {
    throw new CacheUsageError(`the keyPrefix "${keyPrefix}" has a brace outside a hash tag`);
  }
  const prefixGlob = escapeGlob(keyPrefix).replaceAll('*', String.raw`\*`);
  function leaseOf(key: string): string {
    assertKey(key);
    // The client puts its prefix before the lease's name too, so that there it stands twice.
    return leaseKey(keyPrefix + key);
  }

  function masters(): Redis[] {
    if (!('nodes' in client)) return [client];
    // Until it is ready it knows only the nodes it was told to begin with: not all, or not masters.
    if (client.status !== 'ready') throw new Error(`the Redis Cluster is ${client.status}`);
    const nodes = client.nodes('master');
    if (nodes.length === 0) throw new Error('no master of the Redis Cluster is known');
    return nodes;
  }

  async function unlinkMatching(glob: string, signal?: AbortSignal): Promise<number> {
    const match = prefixGlob + glob;
    const perMaster = masters().map(async (master) => {
      let removed = 0;
      let cursor = '0';
      do {
        signal?.throwIfAborted();
        const [next, found] = await master.scan(cursor, 'MATCH', match, 'COUNT', SCAN_COUNT);
        cursor = next;
        // The client adds its prefix again. One key a command: they may be in different slots.
        const unlinked = found.map((key) => client.unlink(key.slice(keyPrefix.length)));
        for (const count of await Promise.all(unlinked)) removed += count;
      } while (cursor !== '0');
      return removed;
    });
    const counts = await Promise.all(perMaster);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  return {
    async get(key) {
      return (await client.getBuffer(key).catch(rethrow)) ?? undefined;
    },
    async lease(key, token, leaseMs) {
      const answer = scripts.relayLeaseBuffer(key, leaseOf(key), token, leaseMs);
      const [bytes, held] = await answer.catch(rethrow);
      return bytes ? { bytes } : { token: held?.toString() ?? token };
    },
    async fill(key, token, bytes, ttlMs) {
      const answer = scripts.relayFill(key, leaseOf(key), token, bytes, ttlMs);
      return (await answer.catch(rethrow)) === 1;
    },
    async delete(key) {
      return (await scripts.relayDelete(key, leaseOf(key)).catch(rethrow)) === 1;
    },
    async deleteMatching(pattern, signal) {
      // Leases before entries: a fill that gets in between has left an entry for the second walk,
      // and one that comes later has lost its lease. The other way round it would slip through.
      const glob = escapeGlob(pattern);
      await unlinkMatching(leaseGlob(prefixGlob + glob), signal);
      return unlinkMatching(glob, signal);
    },
    async ping() {
      await Promise.all(masters().map((master) => master.ping()));
    },
    async info() {
      const infos = await Promise.all(masters().map(readInfo));
      return infos.reduce(addInfo);
    },
    async close() {},
  };
}

function rethrow(cause: Error): never {
  const error = dropArguments(cause);
  // ioredis' words for it are about its own settings.
  const isAway = error.message.includes('enableOfflineQueue');
  throw isAway ? new Error('Redis is not connected') : error;
}

async function readInfo(master: Redis): Promise<StoreInfo> {
  const [keyCount, memory] = await Promise.all([master.dbsize(), master.info('memory')]);
  const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(memory)?.[1] ?? 0);
  return {
    keyCount,
    usedMemoryBytes: field('used_memory'),
    maxMemoryBytes: field('maxmemory') || null,
  };
}

function addInfo(a: StoreInfo, b: StoreInfo): StoreInfo {
  const bounded = a.maxMemoryBytes !== null && b.maxMemoryBytes !== null;
  return {
    keyCount: a.keyCount + b.keyCount,
    usedMemoryBytes: a.usedMemoryBytes + b.usedMemoryBytes,
    maxMemoryBytes: bounded ? a.maxMemoryBytes! + b.maxMemoryBytes! : null,
  };
}
