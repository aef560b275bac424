import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { findRedisServer, freePort, startPostgres, startRedis } from '@relay/local';

import { connectBenchDatabase } from './database.ts';
import { startBareKoa, startRelay } from './processes.ts';
import { formatReport, type Report } from './report.ts';
import { compareSpeed, countQueries } from './scenarios.ts';
import { newToken } from './token.ts';

const POSTS = 100_000;
/** `npm start` takes a folder with this note for one that is in use. */
const RUNNING = 'running.json';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '64' },
    out: { type: 'string', default: 'bench-results' },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const manyConnections = Number(values.connections);

const stack = new AsyncDisposableStack();
try {
  const binary = await findRedisServer();
  if (!binary) throw new Error('the benchmark needs a redis-server or valkey-server on the PATH');
  const dir = await mkdtemp(path.join(tmpdir(), 'relay-bench-'));
  stack.defer(() => rm(dir, { recursive: true, force: true }));

  console.log(`Starting Postgres and Redis, filling in ${POSTS.toLocaleString('en')} posts …`);
  const postgres = await startPostgres({
    dataDir: path.join(dir, 'postgres'),
    settings: { shared_preload_libraries: 'pg_stat_statements' },
  });
  stack.defer(() => postgres.stop());
  const redis = await startRedis({ binary, dir: path.join(dir, 'redis') });
  stack.defer(() => redis.stop());
  const start = async (logLevel: string, relayDir: string) => {
    const relay = await startRelay({
      dir: relayDir,
      logLevel,
      port: await freePort(),
      adminPort: await freePort(),
      databaseUrl: postgres.url,
      redisUrl: redis.url,
    });
    stack.defer(() => relay.stop());
    return relay;
  };
  const [relayDir, quietDir] = [path.join(dir, 'relay'), path.join(dir, 'quiet')];
  const relay = await start('info', relayDir);
  // The same keys and passwords, so that one token and one database serve both.
  await cp(relayDir, quietDir, { recursive: true, filter: (file) => !file.endsWith(RUNNING) });
  const quiet = await start('warn', quietDir);
  const database = await connectBenchDatabase(postgres.url);
  stack.defer(() => database.close());
  await database.fill(POSTS);

  const token = await newToken(relay.url);
  const list = await fetch(`${relay.url}/api/posts`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const bare = await startBareKoa(new Uint8Array(await list.arrayBuffer()));
  stack.defer(() => bare.stop());

  const urls = { bare: bare.url, relay: relay.url, quiet: quiet.url };
  const speed: Report['speed'] = [];
  for (const connections of [1, manyConnections]) {
    const compared = await compareSpeed({ urls, token, rounds, seconds, connections });
    speed.push({ connections, compared });
  }
  console.log('Counting the queries that reach Postgres …');
  const queries = await countQueries({
    relay: relay.url,
    token,
    database,
    seconds,
    connections: manyConnections,
  });
  const report: Report = { posts: POSTS, node: process.version, rounds, seconds, speed, queries };
  console.log(formatReport(report));
  await mkdir(values.out, { recursive: true });
  const file = path.join(values.out, 'latest.json');
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`Written to ${file}`);
} finally {
  await stack.disposeAsync();
}
