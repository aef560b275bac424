import type { RedisClient } from '@relay/cache/redis';

import { openRedis, type RedisPlace } from '../../kit/redis-connection.ts';

/** The entry of a key. */
export interface Entry {
  ttlSeconds: number;
  json: string;
}

/** Reads entries of a Redis. */
export interface RedisView {
  read(key: string): Promise<Entry | undefined>;
  close(): void;
}

/** @returns the view, or the problem: words that follow "Redis at host" */
export async function viewRedis(place: RedisPlace): Promise<RedisView | { problem: string }> {
  const client = await openRedis(place);
  if ('problem' in client) return client;
  return { read: (key) => read(client, key), close: () => client.disconnect() };
}

async function read(client: RedisClient, key: string): Promise<Entry | undefined> {
  const [json, ttlSeconds] = await Promise.all([client.get(key), client.ttl(key)]);
  return json === null ? undefined : { json, ttlSeconds };
}
