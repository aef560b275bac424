import type { Knex } from 'knex';

import type { ExpiredRows } from './cleanup.ts';
import { REFRESH_TOKENS, REMOVED_USERS, SESSIONS } from './tables.ts';

/** The query names in the metrics. */
export const CLEANUP_QUERIES = [
  'sessions.deleteExpired',
  'refreshTokens.deleteExpired',
  'removedUsers.deleteExpired',
] as const;

type CleanupQuery = (typeof CLEANUP_QUERIES)[number];

// `skip locked`: skips rows that another pod is deleting or a request is using.
const DELETE_REFRESH_TOKENS = `
  delete from ${REFRESH_TOKENS} where hash in (
    select t.hash from ${SESSIONS} s join ${REFRESH_TOKENS} t on t.session_id = s.id
    where s.expires_at <= :before order by s.expires_at limit :limit
    for update of t skip locked
  )`;

// Only sessions without tokens, so that the cascade does not exceed the limit.
const DELETE_SESSIONS = `
  delete from ${SESSIONS} where id in (
    select s.id from ${SESSIONS} s
    where s.expires_at <= :before
      and not exists (select from ${REFRESH_TOKENS} t where t.session_id = s.id)
    order by s.expires_at limit :limit
    for update skip locked
  )`;

const DELETE_REMOVED_USERS = `
  delete from ${REMOVED_USERS} where user_id in (
    select user_id from ${REMOVED_USERS} where removed_at <= :before
    order by removed_at limit :limit for update skip locked
  )`;

/** Expired rows in Postgres, found by indexes. */
export function createExpiredRows(db: Knex): ExpiredRows {
  const run = async (name: CleanupQuery, sql: string, before: Date, limit: number) => {
    const bindings = { before, limit };
    const { rowCount } = await db
      .raw<{ rowCount: number }>(sql, bindings)
      .options({ queryName: name });
    return rowCount;
  };
  return {
    deleteRefreshTokens: (before, limit) =>
      run('refreshTokens.deleteExpired', DELETE_REFRESH_TOKENS, before, limit),
    deleteSessions: (before, limit) =>
      run('sessions.deleteExpired', DELETE_SESSIONS, before, limit),
    deleteRemovedUsers: (before, limit) =>
      run('removedUsers.deleteExpired', DELETE_REMOVED_USERS, before, limit),
  };
}
