import { Client } from 'pg';

/** The benchmark's own view of Postgres, as its superuser. */
export interface BenchDatabase {
  fill(posts: number): Promise<void>;
  /** SELECTs that the post service has sent so far, as Postgres counted them. */
  countSelects(): Promise<number>;
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
    close: () => client.end(),
  };
}
