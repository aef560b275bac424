import { once } from 'node:events';

import { createRedisClient, type RedisClient } from '@relay/cache/redis';

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

const CONNECT_TIMEOUT_MS = 1000;

/** `undefined` when nothing answers there. */
export async function connectRedis(url: string): Promise<RedisView | undefined> {
  const client = createRedisClient({ connection: url, commandTimeoutMs: CONNECT_TIMEOUT_MS });
  try {
    await once(client, 'ready', { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) });
  } catch {
    client.disconnect();
    return undefined;
  }
  return { read: (key) => read(client, key), close: () => client.disconnect() };
}

async function read(client: RedisClient, key: string): Promise<Entry | undefined> {
  const [json, ttlSeconds] = await Promise.all([client.get(key), client.ttl(key)]);
  return json === null ? undefined : { json, ttlSeconds };
}
