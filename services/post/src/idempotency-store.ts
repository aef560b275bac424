import type { Knex } from 'knex';

import type { Post } from './post.ts';

/** A repeatable request: the user, the client's key and the fingerprint of the content. */
export interface IdempotentRequest {
  userId: string;
  key: string;
  /** SHA-256 of the request's content. */
  fingerprint: Buffer;
}

/** The stored result of the first request with a key. */
export interface UsedKey {
  fingerprint: Buffer;
  /** The post of the first response. */
  post: Post;
}

/** Stores the result of requests for a limited time. */
export interface IdempotencyStore {
  /**
   * Locks the key until the transaction ends. `under-way`: another transaction holds the lock.
   * `undefined`: the key is unused or expired.
   */
  claim(request: IdempotentRequest): Promise<UsedKey | 'under-way' | undefined>;
  /** Stores the result. Claim the key in the same transaction first. */
  remember(request: IdempotentRequest, post: Post): Promise<void>;
  /** Deletes at most `limit` expired keys, oldest first. Returns their number. */
  deleteExpired(limit: number): Promise<number>;
}

interface StoredRow {
  fingerprint: Buffer;
  post: Omit<Post, 'createdAt'> & { createdAt: string };
}

/** The query names in the metrics. */
export const IDEMPOTENCY_QUERIES = [
  'idempotency.claim',
  'idempotency.find',
  'idempotency.insert',
  'idempotency.purge',
] as const;

type IdempotencyQuery = (typeof IDEMPOTENCY_QUERIES)[number];

// Does not wait for the lock: each waiting request would occupy a connection of the pool.
const CLAIM = `select pg_try_advisory_xact_lock(hashtextextended(:lock, 0)) as claimed`;

// A separate statement: the snapshot of the locking statement may be older than the lock.
const FIND = `
  select fingerprint, post from post.idempotency_keys
  where user_id = :userId and key = :key and expires_at > clock_timestamp()`;

const INSERT = `
  insert into post.idempotency_keys (user_id, key, fingerprint, post, expires_at)
  values (
    :userId, :key, :fingerprint, :post,
    clock_timestamp() + make_interval(secs => :lifeSeconds)
  )
  on conflict (user_id, key) do update set
    fingerprint = excluded.fingerprint, post = excluded.post, expires_at = excluded.expires_at`;

// `skip locked`: skips rows that another pod is deleting or a request is reusing. `statement_timestamp()`,
// because `clock_timestamp()` is volatile and prevents an index scan.
const PURGE = `
  delete from post.idempotency_keys where (user_id, key) in (
    select user_id, key from post.idempotency_keys
    where expires_at <= statement_timestamp()
    order by expires_at limit :limit for update skip locked
  )`;

/** Idempotency keys in Postgres. `claim` and `remember` need a transaction as `db`. */
export function createIdempotencyStore(
  db: Knex,
  { lifeSeconds }: { lifeSeconds: number },
): IdempotencyStore {
  const run = (query: IdempotencyQuery, sql: string, values: Knex.ValueDict) =>
    db.raw(sql, values).options({ queryName: query });

  return {
    async claim({ userId, key }) {
      const lock = `idempotency ${userId} ${key}`;
      const locked: { rows: { claimed: boolean }[] } = await run('idempotency.claim', CLAIM, {
        lock,
      });
      if (!locked.rows[0]?.claimed) return 'under-way';
      const found: { rows: StoredRow[] } = await run('idempotency.find', FIND, { userId, key });
      const [row] = found.rows;
      if (!row) return undefined;
      const { createdAt, ...post } = row.post;
      return { fingerprint: row.fingerprint, post: { ...post, createdAt: new Date(createdAt) } };
    },

    async remember({ userId, key, fingerprint }, post) {
      const stored = JSON.stringify(post);
      const values = { userId, key, fingerprint, post: stored, lifeSeconds };
      await run('idempotency.insert', INSERT, values);
    },

    async deleteExpired(limit) {
      const purged: { rowCount: number } = await run('idempotency.purge', PURGE, { limit });
      return purged.rowCount;
    },
  };
}
