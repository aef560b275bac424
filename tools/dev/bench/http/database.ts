import { Client } from 'pg';

/** The benchmark's own view of Postgres, as its superuser. */
export interface BenchDatabase {
  fill(posts: number): Promise<void>;
  /** Postgres' count of the SELECTs of the post service. */
  countSelects(): Promise<number>;
  /** Keeps the database busy with writes and reports over all posts. Returns a function that ends it. */
  startLoad(clients: number): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** Needs `shared_preload_libraries=pg_stat_statements`. */
export async function connectBenchDatabase(url: string): Promise<BenchDatabase> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('create extension if not exists pg_stat_statements');
  return {
    async fill(posts) {
      await client.query(
        `insert into post.posts (id, title, url, votes, author_id, author_username, created_at)
         select gen_random_uuid(), 'Link number ' || n || ', about as long as a title is',
                'https://example.com/articles/' || n, (random() * 1000)::int,
                ('00000000-0000-7000-8000-' || lpad((n % 1000)::text, 12, '0'))::uuid,
                'author' || n % 1000, now() - n * interval '1 minute'
         from generate_series(1, $1::int) n`,
        [posts],
      );
      await client.query('vacuum analyze post.posts');
    },
    async countSelects() {
      const { rows } = await client.query<{ calls: string }>(
        `select coalesce(sum(calls), 0) as calls from pg_stat_statements
         where userid = 'relay_post'::regrole and query ilike 'select%from "posts"%'`,
      );
      return Number(rows[0]?.calls);
    },
    startLoad: (clients) => startLoad(url, clients),
    close: () => client.end(),
  };
}

/** Votes for posts all over the table, and a report over all posts, as on a busy site. */
const LOAD = [
  `update post.posts set votes = votes + 1
   where id in (select id from post.posts where created_at < now() - random() * interval '60 days' limit 200)`,
  'select author_id, count(*), avg(votes) from post.posts group by author_id',
];

async function startLoad(url: string, count: number): Promise<() => Promise<void>> {
  const clients = Array.from({ length: count }, () => new Client({ connectionString: url }));
  await Promise.all(clients.map((client) => client.connect()));
  const ended = new AbortController();
  const runs = clients.map(async (client, index) => {
    while (!ended.signal.aborted) {
      // Two writers may lock posts in another order; Postgres ends one of them as a deadlock.
      await client.query(LOAD[index % LOAD.length]!).catch(() => {});
    }
    await client.end();
  });
  return async () => {
    ended.abort();
    await Promise.all(runs);
  };
}
