import type { Request } from 'autocannon';

import { jsonOf, sendOk } from '../../../kit/api-client.ts';
import type { BenchDatabase } from './database.ts';
import { measure } from './measure.ts';

/** The reads of a mix, and the SELECTs that reached Postgres. */
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

/** Counts the SELECTs of three mixes in Postgres. */
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

/** An even mix: a write after every `MIX / writes` requests. */
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
  const list = await sendOk(relay, { method: 'GET', path: '/api/posts', token });
  const { posts } = jsonOf(list) as { posts: { id: string; author: { id: string } }[] };
  const paths = posts
    .slice(0, 20)
    .flatMap(({ id, author }, index) => [
      `/api/posts/${id}`,
      index % 2 === 0 ? `/api/posts?user=${author.id}` : '/api/posts',
    ]);
  return (index) => ({ method: 'GET', path: paths[index % paths.length]! });
}
