import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { DevServerError } from '@relay/dev-servers';

import { disposedOnSignals } from '../disposed-on-signals.ts';
import { compareSpeed, compareUnderLoad } from './compare.ts';
import { measureCostlyPage } from './costly-page.ts';
import { measureLoginFlood } from './login-flood.ts';
import type { HttpBenchOptions } from './options.ts';
import { countQueries } from './query-counts.ts';
import { formatReport, type Report } from './report.ts';
import { startServers } from './servers.ts';

export const expectedErrors = [DevServerError];

const POSTS = 100_000;

/** Half of them write, half of them read the whole table. */
const DATABASE_LOAD_CLIENTS = 4;

/** At a time, in the flood of logins. */
const LOGINS = 300;

/** Compares the product with a bare Koa, prints tables, and writes `latest.json`. */
export async function run({ rounds, seconds, connections, out }: HttpBenchOptions): Promise<void> {
  await using started = disposedOnSignals();
  console.log(`Starting Postgres and Redis, filling in ${POSTS.toLocaleString('en')} posts …`);
  const servers = await startServers({ posts: POSTS, defer: (stop) => started.defer(stop) });
  const { bare, uncachedService, relay, quiet, local, database, token } = servers;

  const urls = {
    bare: bare.url,
    service: uncachedService.url,
    relay: relay.url,
    quiet: quiet.url,
    local: local.url,
  };
  const speed: Report['speed'] = [];
  for (const clients of [1, connections]) {
    const compared = await compareSpeed({ urls, token, rounds, seconds, connections: clients });
    speed.push({ connections: clients, compared });
  }
  const endLoad = await database.startLoad(DATABASE_LOAD_CLIENTS);
  const underLoad: Report['underLoad'] = [];
  const costlyPages: Report['costlyPages'] = [];
  for (const clients of [1, connections]) {
    console.log('With a busy database');
    const options = { urls, token, rounds, seconds, connections: clients };
    underLoad.push({ connections: clients, compared: await compareUnderLoad(options) });
    costlyPages.push(await measureCostlyPage({ ...servers, rounds, seconds, clients }));
  }
  await endLoad();
  console.log('With a flood of logins');
  const { url } = servers.flooded;
  const loginFlood = await measureLoginFlood({ url, clients: LOGINS, seconds });
  console.log('Counting the queries that reach Postgres …');
  const queries = await countQueries({ relay: relay.url, token, database, seconds, connections });

  const report: Report = {
    posts: POSTS,
    node: process.version,
    rounds,
    seconds,
    speed,
    underLoad,
    costlyPages,
    loginFlood,
    queries,
  };
  console.log(formatReport(report));
  await mkdir(out, { recursive: true });
  const file = path.join(out, 'latest.json');
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`Written to ${file}`);
}
