import type { RedisClient } from '@relay/cache/redis';

import { openRedis, type RedisPlace } from '../../kit/redis-connection.ts';

/** What Redis holds under a key. */
export interface Entry {
  ttlSeconds: number;
  json: string;
}

/** A look into Redis. */
export interface RedisView {
  read(key: string): Promise<Entry | undefined>;
  close(): void;
}

/** @returns the view, or why there is none, in words that follow "Redis at host" */
export async function viewRedis(place: RedisPlace): Promise<RedisView | { problem: string }> {
  const client = await openRedis(place);
  if ('problem' in client) return client;
  return { read: (key) => read(client, key), close: () => client.disconnect() };
}

async function read(client: RedisClient, key: string): Promise<Entry | undefined> {
  const [json, ttlSeconds] = await Promise.all([client.get(key), client.ttl(key)]);
  return json === null ? undefined : { json, ttlSeconds };
}
