import { randomUUID } from 'node:crypto';

import type { Redis } from 'ioredis';

import { versionOf } from '../registers.ts';
import type { PodCache } from './pod-cache.ts';
import type { Source } from './source.ts';

// The protocol of version 0.1, in short: an entry, a lease beside it, and a removal of both after a
// commit. KEYS: entry, lease. ARGV: token, life in ms.
const LEASE = `
local value = redis.call('GET', KEYS[1])
if value then return {value} end
local holder = redis.call('GET', KEYS[2])
if holder then return {false, holder} end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return {false, ARGV[1]}`;

// KEYS: entry, lease. ARGV: token, bytes, life in ms.
const FILL = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
return 1`;

const LEASE_MS = 5000;

/** A pod of version 0.1 in a rollout: no stamps, no fences, no outbox, no tags. */
export function createOldCache(options: {
  client: Redis;
  source: Source;
  ttlSeconds: number;
}): PodCache {
  const { client, source, ttlSeconds } = options;
  const loads = new Map<string, Promise<string>>();

  async function load(key: string, token: string, loader: () => Promise<unknown>): Promise<string> {
    const text = JSON.stringify(await loader());
    await client.eval(FILL, 2, key, leaseOf(key), token, text, ttlSeconds * 1000);
    return text;
  }

  async function get<T>(key: string, loader: () => Promise<T>): Promise<T> {
    const bytes = await client.get(key);
    if (bytes !== null) return JSON.parse(bytes) as T;
    const reply = await client.eval(LEASE, 2, key, leaseOf(key), randomUUID(), LEASE_MS);
    const [value, token] = reply as [string | null, string?];
    if (value !== null) return JSON.parse(value) as T;
    let shared = loads.get(token!);
    if (!shared) {
      shared = load(key, token!, loader).finally(() => loads.delete(token!));
      loads.set(token!, shared);
    }
    return JSON.parse(await shared) as T;
  }

  const remove = (key: string) => client.unlink(leaseOf(key), key);
  const entityOf = (id: number) => get(`entity:${id}`, () => source.entity(id));
  const cache: PodCache = {
    async read(form, id) {
      if (form === 'entity') return versionOf(id, await entityOf(id));
      if (form === 'tag') throw new Error('version 0.1 has no tags');
      return (await get(`list:${id}`, () => source.group(id))).version;
    },
    readMany: (ids) => Promise.all(ids.map((id) => cache.read('entity', id, 0))),
    async write(entity, group, context) {
      const { transaction } = source.transactor(context);
      await transaction((tx) => source.change(tx, entity, group, context));
      await Promise.all([`entity:${entity}`, `list:${group}`].map(remove));
    },
    pauseOutbox() {},
    async close() {
      client.disconnect();
    },
  };
  return cache;
}

function leaseOf(key: string): string {
  return `lease:{${key}}`;
}
