import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, inject } from 'vitest';

import { createDatabase, dropDatabase } from './database.ts';
import { DevServerError } from './errors.ts';
import { startRedis, type LocalRedis, type RedisOptions } from './redis.ts';
import { redisCommand } from './resp.ts';
import './vitest-setup.ts';

// Vitest imports this module once per test file, so a file's databases and servers end with the file.
const cleanUps: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  await Promise.all(cleanUps.splice(0).map((cleanUp) => cleanUp()));
});

/** The url of an empty database of the caller's own on the shared Postgres, dropped after the test file. */
export async function testDatabase(): Promise<string> {
  const adminUrl = inject('postgresUrl');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  cleanUps.push(() => dropDatabase(adminUrl, name));
  return createDatabase(adminUrl, name);
}

/**
 * The url of an empty logical database of the caller's own on the shared Redis, null where this machine has
 * no Redis: `describe.skipIf(redisUrl === null)`. Channels are shared by all databases, and so is the server:
 * never FLUSHALL, pause or kill it; use `startTestRedis` for that.
 */
export async function testRedis(): Promise<string | null> {
  const url = inject('redisUrl');
  if (url === null) return null;
  const number = await redisCommand(Number(new URL(url).port), ['INCR', 'test:databases']);
  return `${url}/${String(number)}`;
}

/** The urls of the shared 3-master Redis Cluster, null where this machine has no Redis. */
export function testRedisCluster(): string[] | null {
  return inject('redisClusterUrls');
}

/**
 * A Redis of the caller's own, to be paused and killed at will; ended after the test file. Start it again
 * with the same `dir` for a restart.
 *
 * @throws DevServerError where this machine has no Redis: skip on `testRedis()` being null.
 */
export async function startTestRedis(
  options: Partial<Omit<RedisOptions, 'binary'>> = {},
): Promise<LocalRedis> {
  const binary = inject('redisServer');
  if (binary === null) throw new DevServerError('There is no redis-server on the PATH.');
  const dir = options.dir ?? (await mkdtemp(path.join(inject('testFolder'), 'redis-')));
  const redis = await startRedis({ ...options, binary, dir });
  cleanUps.push(async () => {
    await redis.stop();
    await rm(dir, { recursive: true, force: true });
  });
  return redis;
}
