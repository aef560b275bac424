import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { TestProject } from 'vitest/node';

import { isCi } from './environment.ts';
import { LocalServiceError } from './errors.ts';
import { startPostgres } from './postgres.ts';
import { startRedisCluster } from './redis-cluster.ts';
import { findRedisServer, startRedis } from './redis.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The superuser's url of the shared Postgres. */
    postgresUrl: string;
    /** The program to start further Redis servers with; null where this machine has none. */
    redisServer: string | null;
    redisUrl: string | null;
    redisClusterUrls: string[] | null;
  }
}

type CleanUp = () => Promise<unknown>;

/** Starts what integration tests share, and answers how to take it down. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const redisServer = await findRedisServer();
  if (redisServer === undefined && isCi()) {
    throw new LocalServiceError(
      'CI needs a redis-server on the PATH: its tests must not be skipped.',
    );
  }
  const dir = await mkdtemp(path.join(tmpdir(), 'relay-test-'));
  // mkdtemp's 0700 would keep out the user that root's Postgres runs as.
  await chmod(dir, 0o755);
  const cleanUps: CleanUp[] = [];
  const tearDown = async () => {
    const stopped = await Promise.allSettled(cleanUps.map((cleanUp) => cleanUp()));
    await rm(dir, { recursive: true, force: true });
    const failures = stopped.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    if (failures.length > 0) throw new AggregateError(failures, 'The test servers did not stop.');
  };

  const starts = await Promise.allSettled([
    providePostgres(project, dir, cleanUps),
    provideRedis(project, dir, redisServer, cleanUps),
    provideRedisCluster(project, dir, redisServer, cleanUps),
  ]);
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed !== undefined) {
    await tearDown();
    throw failed.reason;
  }
  return tearDown;
}

async function providePostgres(project: TestProject, dir: string, cleanUps: CleanUp[]) {
  const postgres = await startPostgres({
    dataDir: path.join(dir, 'postgres'),
    settings: {
      // Tests lose nothing in a power cut, and every test file brings connections of its own.
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_connections: '300',
    },
  });
  cleanUps.push(async () => {
    await postgres.stop();
    await rm(postgres.dataDir, { recursive: true, force: true });
  });
  project.provide('postgresUrl', postgres.url);
}

async function provideRedis(
  project: TestProject,
  dir: string,
  binary: string | undefined,
  cleanUps: CleanUp[],
) {
  project.provide('redisServer', binary ?? null);
  if (binary === undefined) return project.provide('redisUrl', null);
  // Many databases: testRedis gives each caller one of its own.
  const extraArgs = ['--databases', '10000'];
  const redis = await startRedis({ binary, dir: path.join(dir, 'redis'), extraArgs });
  cleanUps.push(redis.stop);
  project.provide('redisUrl', redis.url);
}

async function provideRedisCluster(
  project: TestProject,
  dir: string,
  binary: string | undefined,
  cleanUps: CleanUp[],
) {
  if (binary === undefined) return project.provide('redisClusterUrls', null);
  const cluster = await startRedisCluster({ binary, dir: path.join(dir, 'cluster'), masters: 3 });
  cleanUps.push(cluster.stop);
  project.provide('redisClusterUrls', cluster.urls);
}
