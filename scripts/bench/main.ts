import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
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

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '64' },
    out: { type: 'string', default: 'bench-results' },
  },
});
const settings = {
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  connections: Number(values.connections),
};

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
  const relay = await startRelay({
    dir,
    port: await freePort(),
    adminPort: await freePort(),
    databaseUrl: postgres.url,
    redisUrl: redis.url,
  });
  stack.defer(() => relay.stop());
  const database = await connectBenchDatabase(postgres.url);
  stack.defer(() => database.close());
  await database.fill(POSTS);

  const token = await newToken(relay.url);
  const list = await fetch(`${relay.url}/api/posts`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const bare = await startBareKoa(new Uint8Array(await list.arrayBuffer()));
  stack.defer(() => bare.stop());

  const speed = await compareSpeed({ relay: relay.url, bare: bare.url, token, ...settings });
  const queries = await countQueries({ relay: relay.url, token, database, ...settings });
  const report: Report = { posts: POSTS, settings, node: process.version, speed, queries };
  console.log(formatReport(report));
  await mkdir(values.out, { recursive: true });
  const file = path.join(values.out, 'latest.json');
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`Written to ${file}`);
} finally {
  await stack.disposeAsync();
}
