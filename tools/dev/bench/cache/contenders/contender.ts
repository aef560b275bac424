import type { Redis } from 'ioredis';

import type { Origin } from '../origin.ts';

/** A cache under test. The benchmark names records by id; each contender forms its own keys. */
export interface Contender {
  /** Returns the record, loading it on a miss. */
  read(id: string): Promise<unknown>;
  /** Left out where the library has no batch read: the benchmark then reads one by one. */
  readMany?(ids: string[]): Promise<unknown[]>;
  invalidate(id: string): Promise<unknown>;
  /** Invalidates everything that was read. Only for contenders made with `tagged`. */
  invalidateTag?(): Promise<unknown>;
  close(): Promise<unknown>;
}

export interface ContenderOptions {
  redisUrl: string;
  origin: Origin;
  /** `redis`: no copy in the process. `local`: the library's in-process tier alone, or in front of Redis. */
  tier: 'redis' | 'local';
  /** Every record carries one tag. */
  tagged: boolean;
  /** For the outage scenario: a deadline for each command, where the library leaves it to its client. */
  commandTimeoutMs?: number;
}

export const TTL_SECONDS = 600;

/** Enough for every record of a scenario, so that no in-process tier evicts. */
export const LOCAL_MAX_ITEMS = 20_000;

/** The ioredis client that a library's own documentation shows, unless a deadline is asked for. */
export async function connectRedis(
  { redisUrl, commandTimeoutMs }: ContenderOptions,
  options: { enableAutoPipelining?: boolean } = {},
): Promise<Redis> {
  const { Redis } = await import('ioredis');
  const redis = new Redis(redisUrl, {
    ...options,
    ...(commandTimeoutMs && { commandTimeout: commandTimeoutMs }),
  });
  // Without a listener ioredis prints every failed attempt to connect.
  redis.on('error', () => {});
  return redis;
}
