import type { Redis } from 'ioredis';

import type { Origin } from '../origin.ts';

/** A cache under test. The benchmark names records by id; each contender forms its own keys. */
export interface Contender {
  /** Returns the record, loading it on a miss. */
  read(id: string): Promise<unknown>;
  /** Absent if the library has no batch read: the benchmark then reads one by one. */
  readMany?(ids: string[]): Promise<unknown[]>;
  invalidate(id: string): Promise<unknown>;
  /** Invalidates every record. Only for contenders created with `tagged`. */
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
  /** For the outage workload: a deadline for each command, if the library leaves deadlines to its client. */
  commandTimeoutMs?: number;
}

export const TTL_SECONDS = 600;

/** Enough for every record of a workload, so that no in-process tier evicts. */
export const LOCAL_MAX_ITEMS = 20_000;

/** The ioredis client of a library's own documentation, with a deadline if one is set. */
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
