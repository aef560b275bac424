import { named } from '@relay/service-kit/postgres/database';
import type { Knex } from 'knex';

import type { Post } from './post.ts';

/** A request that a client may repeat: the user, the key that the client chose, and what it sent. */
export interface IdempotentRequest {
  userId: string;
  key: string;
  /** SHA-256 of the request's content. */
  fingerprint: Buffer;
}

/** The request that has used a key. */
export interface UsedKey {
  fingerprint: Buffer;
  /** As it was answered then. */
  post: Post;
}

/** Remembers which post a request made, for a bounded time. */
export interface IdempotencyStore {
  /**
   * Takes the key until the transaction ends. `under-way`: another transaction has it. `undefined`:
   * the key is unused, or its time has passed.
   */
  claim(request: IdempotentRequest): Promise<UsedKey | 'under-way' | undefined>;
  /** Stores the result. The key must have been claimed in the same transaction. */
  remember(request: IdempotentRequest, post: Post): Promise<void>;
  /** Deletes at most `limit` keys whose time has passed, the oldest first; returns how many. */
  deleteExpired(limit: number): Promise<number>;
}

interface StoredRow {
  fingerprint: Buffer;
  post: Omit<Post, 'createdAt'> & { createdAt: string };
}

/** What the statements below are called in metrics. */
export const IDEMPOTENCY_QUERIES = [
  'idempotency.claim',
  'idempotency.find',
  'idempotency.insert',
  'idempotency.purge',
] as const;

type IdempotencyQuery = (typeof IDEMPOTENCY_QUERIES)[number];

// Without waiting for the lock: each waiting request would hold a connection of the pool.
const CLAIM = `select pg_try_advisory_xact_lock(hashtextextended(:lock, 0)) as claimed`;

// A statement of its own: the snapshot of the one that takes the lock may be older than the lock.
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

// Rows that another pod is deleting, or that are taken anew, are skipped. `statement_timestamp()`:
// `clock_timestamp()` is volatile, and no index is searched by a volatile value.
const PURGE = `
  delete from post.idempotency_keys where (user_id, key) in (
    select user_id, key from post.idempotency_keys
    where expires_at <= statement_timestamp()
    order by expires_at limit :limit for update skip locked
  )`;

/** Keys in Postgres. `db`: a transaction for `claim` and `remember`. */
export function createIdempotencyStore(
  db: Knex,
  { lifeSeconds }: { lifeSeconds: number },
): IdempotencyStore {
  const run = (query: IdempotencyQuery, sql: string, values: Knex.ValueDict) =>
    db.raw(sql, values).options(named(query));

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
