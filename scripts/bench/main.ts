import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { LocalServiceError } from '@relay/local';
import { exitWith } from '@relay/service-kit';

import { UsageError } from '../usage.ts';
import { parseOptions, USAGE, type BenchOptions } from './options.ts';
import { formatReport, type Report } from './report.ts';
import { compareSpeed, countQueries } from './scenarios.ts';
import { startServers } from './servers.ts';

const POSTS = 100_000;

const started = new AsyncDisposableStack();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => void started.disposeAsync().finally(() => process.exit(130)));
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(USAGE);
  else await bench(options);
} catch (error) {
  await started.disposeAsync();
  exitWith(error, [UsageError, LocalServiceError], { lead: '' });
}
await started.disposeAsync();

async function bench({ rounds, seconds, connections, out }: BenchOptions): Promise<void> {
  console.log(`Starting Postgres and Redis, filling in ${POSTS.toLocaleString('en')} posts …`);
  const { bare, relay, quiet, database, token } = await startServers({
    posts: POSTS,
    defer: (stop) => started.defer(stop),
  });

  const urls = { bare: bare.url, relay: relay.url, quiet: quiet.url };
  const speed: Report['speed'] = [];
  for (const clients of [1, connections]) {
    const compared = await compareSpeed({ urls, token, rounds, seconds, connections: clients });
    speed.push({ connections: clients, compared });
  }
  console.log('Counting the queries that reach Postgres …');
  const queries = await countQueries({ relay: relay.url, token, database, seconds, connections });

  const report: Report = { posts: POSTS, node: process.version, rounds, seconds, speed, queries };
  console.log(formatReport(report));
  await mkdir(out, { recursive: true });
  const file = path.join(out, 'latest.json');
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`Written to ${file}`);
}
