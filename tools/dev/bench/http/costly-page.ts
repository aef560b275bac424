import { createCache, defineKeys, key } from '@relay/cache';
import { createRedisClient, createRedisStore } from '@relay/cache/redis';
import { Pool } from 'pg';

import { measureLoop, type Round } from '../cache/measure.ts';
import { medianRound } from '../median.ts';

/** A costly page: the ten authors with the most votes over all posts. */
const MOST_VOTED_AUTHORS = `
  select author_id as id, author_username as username, count(*)::int as posts, sum(votes)::int as votes
  from post.posts group by 1, 2 order by votes desc, id limit 10`;

/** Connections, as many as a post service has by default. */
const POOL_SIZE = 10;

export interface CostlyPage {
  clients: number;
  hit: Round;
  miss: Round;
}

interface CostlyPageOptions {
  databaseUrl: string;
  redisUrl: string;
  seconds: number;
  rounds: number;
  clients: number;
}

/** Reads that page through the cache, and from Postgres each time, in turn. The median round of each counts. */
export async function measureCostlyPage(options: CostlyPageOptions): Promise<CostlyPage> {
  const { databaseUrl, redisUrl, seconds, rounds, clients } = options;
  await using stack = new AsyncDisposableStack();
  const pool = stack.adopt(new Pool({ connectionString: databaseUrl, max: POOL_SIZE }), (it) =>
    it.end(),
  );
  const load = async () => (await pool.query(MOST_VOTED_AUTHORS)).rows as object[];
  const keys = defineKeys({ authors: key('bench:authors', { ttlSeconds: 3600, load }) });
  const client = createRedisClient({ connection: redisUrl });
  stack.defer(() => client.disconnect());
  const cache = createCache({ store: createRedisStore({ client }), keys });
  stack.defer(() => cache.close());
  await cache.warm([keys.authors()]);

  const measure = (operate: () => Promise<unknown>) =>
    measureLoop({ concurrency: clients, ms: seconds * 1000, operate });
  const hits: Round[] = [];
  const misses: Round[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    hits.push(await measure(() => cache.get(keys.authors())));
    misses.push(await measure(load));
  }
  return { clients, hit: medianRound(hits, p50Of), miss: medianRound(misses, p50Of) };
}

const p50Of = ({ p50Us }: Round) => p50Us;
