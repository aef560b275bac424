import type { Request } from 'autocannon';

import type { BenchDatabase } from './database.ts';
import { measure, type Measurement } from './load.ts';

/** After every post there is: the page is the first one, and a page with a cursor is not cached. */
const FROM_THE_FUTURE = '9999-12-31T23:59:59.999Z_ffffffff-ffff-7fff-bfff-ffffffffffff';

interface SpeedOptions {
  urls: {
    /** Koa alone. */
    bare: string;
    /** A service's middleware without token and cache. */
    service: string;
    relay: string;
    /** Relay that logs nothing below `warn`. */
    quiet: string;
    /** The same with an in-process tier. */
    local: string;
  };
  token: string;
  rounds: number;
  /** The length of one round. */
  seconds: number;
  connections: number;
}

export interface Compared {
  name: string;
  measured: Measurement;
}

/** Compares the first page, cached and not, with a bare Koa that sends the same bytes. */
export async function compareSpeed(options: SpeedOptions): Promise<Compared[]> {
  const { urls } = options;
  return compare(options, [
    { name: 'bare Koa, the same bytes', url: urls.bare },
    { name: "a service's middleware, the same bytes", url: `${urls.service}/api/posts` },
    { name: 'cached list', url: `${urls.relay}/api/posts` },
    { name: 'cached list, LOG_LEVEL=warn', url: `${urls.quiet}/api/posts` },
    { name: 'cached list, in-process tier, LOG_LEVEL=warn', url: `${urls.local}/api/posts` },
    { name: 'uncached list', url: `${urls.relay}/api/posts?cursor=${FROM_THE_FUTURE}` },
  ]);
}

/** The same page while the database is busy with something else. */
export async function compareUnderLoad(options: SpeedOptions): Promise<Compared[]> {
  const { urls } = options;
  return compare(options, [
    { name: 'cached list', url: `${urls.relay}/api/posts` },
    { name: 'uncached list', url: `${urls.relay}/api/posts?cursor=${FROM_THE_FUTURE}` },
  ]);
}

/** Runs the scenarios in turn, round after round, and takes each one's median round. */
async function compare(
  { rounds, seconds, connections, token }: SpeedOptions,
  asked: { name: string; url: string }[],
): Promise<Compared[]> {
  const scenarios = asked.map((scenario) => ({ ...scenario, results: new Array<Measurement>() }));

  for (const { url } of scenarios) await measure({ url, token, connections, seconds: 2 });
  for (let round = 1; round <= rounds; round += 1) {
    console.log(`${connections} at a time, round ${round} of ${rounds}`);
    for (const { url, results } of scenarios) {
      results.push(await measure({ url, token, connections, seconds }));
    }
  }
  return scenarios.map(({ name, results }) => ({ name, measured: median(results) }));
}

function median(rounds: Measurement[]): Measurement {
  const ordered = rounds.toSorted((a, b) => a.requestsPerSecond - b.requestsPerSecond);
  return ordered[Math.floor(ordered.length / 2)]!;
}

/** How much of a mix reached Postgres. */
export interface QueryCount {
  mix: string;
  requests: number;
  reads: number;
  selects: number;
}

interface CountOptions {
  relay: string;
  token: string;
  database: BenchDatabase;
  seconds: number;
  connections: number;
}

const MIX = 100;

/** Counts the SELECTs that Postgres saw under three mixes. */
export async function countQueries(options: CountOptions): Promise<QueryCount[]> {
  const { relay, database, token } = options;
  const spread = await spreadReads(relay, token);
  const mixes = [
    { mix: 'reads alone, first page', requests: sequence(firstPage, 0) },
    { mix: '95 reads, 5 writes, first page', requests: sequence(firstPage, 5) },
    { mix: '95 reads, 5 writes, spread over keys', requests: sequence(spread, 5) },
  ];
  const counts: QueryCount[] = [];
  for (const { mix, requests } of mixes) {
    const before = await database.countSelects();
    const { requests: sent } = await measure({ ...options, url: relay, requests });
    const selects = (await database.countSelects()) - before;
    const share = requests.filter(({ method }) => method === 'GET').length / requests.length;
    counts.push({ mix, requests: sent, reads: Math.round(sent * share), selects });
  }
  return counts;
}

const firstPage = (): Request => ({ method: 'GET', path: '/api/posts' });

/** Evenly mixed: a write after every so many reads. */
function sequence(read: (index: number) => Request, writes: number): Request[] {
  return Array.from({ length: MIX }, (_, index) =>
    writes > 0 && index % (MIX / writes) === 0 ? write(index) : read(index),
  );
}

function write(index: number): Request {
  return {
    method: 'POST',
    path: '/api/posts',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: `Post ${index}`, url: `https://example.com/${index}` }),
  };
}

/** Half the reads are lists, of all and of 10 authors, and half are of single posts. */
async function spreadReads(relay: string, token: string): Promise<(index: number) => Request> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${relay}/api/posts`, { headers });
  const { posts } = (await response.json()) as { posts: { id: string; author: { id: string } }[] };
  const paths = posts
    .slice(0, 20)
    .flatMap(({ id, author }, index) => [
      `/api/posts/${id}`,
      index % 2 === 0 ? `/api/posts?user=${author.id}` : '/api/posts',
    ]);
  return (index) => ({ method: 'GET', path: paths[index % paths.length]! });
}
