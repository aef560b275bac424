import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { TestProject } from 'vitest/node';

import { removeAbandoned } from './abandoned.ts';
import { isCi } from './environment.ts';
import { DevServerError } from './errors.ts';
import { lockFolder } from './folder-lock.ts';
import { startPostgres } from './postgres.ts';
import { signal } from './processes.ts';
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
    /** Removed, with processes that still run in it, when the run is over. */
    testFolder: string;
  }
}

const folderPrefix = 'relay-test-';

/** A running server: how to stop it, and the process to signal if there is no time for that. */
type Started = { pids: number[]; stop(): Promise<unknown> };
type Starting = {
  project: TestProject;
  dir: string;
  binary: string | undefined;
  started: Started[];
};

/** Starts the servers that integration tests share. Returns how to stop them. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const binary = await findRedisServer();
  if (binary === undefined && isCi()) {
    throw new DevServerError('CI needs a redis-server on the PATH: its tests must not be skipped.');
  }
  await removeAbandoned(tmpdir(), folderPrefix);
  const dir = mkdtempSync(path.join(tmpdir(), folderPrefix));
  const lock = lockFolder(dir, 'A test run');
  // mkdtemp's 0700 would keep out the user that root's Postgres runs as.
  chmodSync(dir, 0o755);
  project.provide('testFolder', dir);

  const started: Started[] = [];
  const abandon = () => endAtOnce(started, dir);
  // Vitest tears nothing down when it is interrupted.
  process.once('exit', abandon);
  const tearDown = async () => {
    const stopped = await Promise.allSettled(started.map((server) => server.stop()));
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
    process.off('exit', abandon);
    lock.release();
    const failures = stopped.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    if (failures.length > 0) throw new AggregateError(failures, 'The test servers did not stop.');
  };

  const starting = { project, dir, binary, started };
  const starts = [providePostgres(starting), provideRedis(starting), provideRedisCluster(starting)];
  const failed = (await Promise.allSettled(starts)).find(({ status }) => status === 'rejected');
  if (failed === undefined) return tearDown;
  await tearDown();
  await Promise.all(starts);
  return tearDown;
}

function endAtOnce(started: Started[], dir: string): void {
  // SIGQUIT makes Postgres end its children too; to Redis it is as deadly as SIGKILL.
  for (const pid of started.flatMap(({ pids }) => pids)) signal(pid, 'SIGQUIT');
  const wait = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 1; attempt <= 20 && existsSync(dir); attempt += 1) {
    // May fail, even silently, while a server still writes. The next run removes the rest.
    try {
      rmSync(dir, { recursive: true, force: true });
    } catch {
      // Covered by the loop's condition.
    }
    Atomics.wait(wait, 0, 0, 50);
  }
}

async function providePostgres({ project, dir, started }: Starting): Promise<void> {
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
  started.push({
    pids: [postgres.pid],
    stop: async () => {
      await postgres.stop();
      await rm(postgres.dataDir, { recursive: true, force: true });
    },
  });
  project.provide('postgresUrl', postgres.url);
}

async function provideRedis({ project, dir, binary, started }: Starting): Promise<void> {
  project.provide('redisServer', binary ?? null);
  project.provide('redisUrl', null);
  if (binary === undefined) return;
  // Many databases: testRedis gives each caller one of its own.
  const extraArgs = ['--databases', '10000'];
  const redis = await startRedis({ binary, dir: path.join(dir, 'redis'), extraArgs });
  started.push({ pids: [redis.pid], stop: redis.stop });
  project.provide('redisUrl', redis.url);
}

async function provideRedisCluster({ project, dir, binary, started }: Starting): Promise<void> {
  project.provide('redisClusterUrls', null);
  if (binary === undefined) return;
  const cluster = await startRedisCluster({ binary, dir: path.join(dir, 'cluster'), masters: 3 });
  started.push({ pids: cluster.nodes.map(({ pid }) => pid), stop: cluster.stop });
  project.provide('redisClusterUrls', cluster.urls);
}
