import { chmod, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { findRedisServer, freePort, startPostgres, startRedis } from '@relay/dev-servers';

import { newClient } from '../../../kit/api-client.ts';
import { UserError } from '../../../kit/cli.ts';
import { connectBenchDatabase, type BenchDatabase } from './database.ts';
import { LOGIN_FLOOD_ENVIRONMENT } from './login-flood.ts';
import { startRelay, startSender, type ServerProcess } from './processes.ts';

/** The servers under test, and a token for them. */
export interface Servers {
  bare: ServerProcess;
  /** A service's middleware around the same bytes, without token and cache. */
  uncachedService: ServerProcess;
  relay: ServerProcess;
  /** Relay that logs nothing below `warn`. */
  quiet: ServerProcess;
  /** Relay that keeps entries in its process as well. */
  local: ServerProcess;
  /** Relay for many addresses. */
  flooded: ServerProcess;
  database: BenchDatabase;
  databaseUrl: string;
  redisUrl: string;
  token: string;
}

interface ServersOptions {
  posts: number;
  defer: (stop: () => Promise<void>) => void;
}

/** `npm start` refuses a folder with this file. */
const RUNNING = 'running.json';

/** Longer than a run. */
const LOCAL_TIER = { CACHE_LOCAL_TTL_SECONDS: '3600' };

/**
 * Starts the servers on free ports and in a temporary folder, and fills in posts.
 *
 * @throws DevServerError
 */
export async function startServers({ posts, defer }: ServersOptions): Promise<Servers> {
  const binary = await findRedisServer();
  if (!binary) {
    throw new UserError('The benchmark needs a redis-server or valkey-server on the PATH.');
  }
  const dir = await mkdtemp(path.join(tmpdir(), 'relay-bench-'));
  // mkdtemp's 0700 would keep out the user that root's Postgres runs as.
  await chmod(dir, 0o755);
  defer(() => rm(dir, { recursive: true, force: true }));
  const postgres = await startPostgres({
    dataDir: path.join(dir, 'postgres'),
    settings: { shared_preload_libraries: 'pg_stat_statements' },
  });
  defer(() => postgres.stop());
  const redis = await startRedis({ binary, dir: path.join(dir, 'redis') });
  defer(() => redis.stop());

  const start = async (logLevel: string, relayDir: string, environment = {}) => {
    const [port, adminPort] = [await freePort(), await freePort()];
    const urls = { databaseUrl: postgres.url, redisUrl: redis.url };
    const relay = await startRelay({
      dir: relayDir,
      logLevel,
      port,
      adminPort,
      environment,
      ...urls,
    });
    defer(() => relay.stop());
    return relay;
  };
  const relayDir = path.join(dir, 'relay');
  const relay = await start('info', relayDir);
  /** The same keys and passwords: one token and one database are valid for all. */
  const copyOf = async (name: string) => {
    const copy = path.join(dir, name);
    await cp(relayDir, copy, { recursive: true, filter: (file) => !file.endsWith(RUNNING) });
    return copy;
  };
  const quiet = await start('warn', await copyOf('quiet'));
  const local = await start('warn', await copyOf('local'), LOCAL_TIER);
  const flooded = await start('warn', await copyOf('flooded'), LOGIN_FLOOD_ENVIRONMENT);

  const database = await connectBenchDatabase(postgres.url);
  defer(() => database.close());
  await database.fill(posts);
  const { token, list } = await newClient(relay.url);
  const page = new TextEncoder().encode((await list()).text);
  const bare = await startSender('bare-koa.ts', page);
  defer(() => bare.stop());
  const uncachedService = await startSender('uncached-service.ts', page);
  defer(() => uncachedService.stop());
  return {
    bare,
    uncachedService,
    relay,
    quiet,
    local,
    flooded,
    database,
    databaseUrl: postgres.url,
    redisUrl: redis.url,
    token,
  };
}
