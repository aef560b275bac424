import { named } from '@relay/service-kit/postgres/database';
import type { Knex } from 'knex';

import type { ExpiredSessions } from './session-cleanup.ts';
import { REFRESH_TOKENS, SESSIONS } from './tables.ts';

/** What the statements below are called in metrics. */
export const CLEANUP_QUERIES = ['sessions.deleteExpired', 'refreshTokens.deleteExpired'] as const;

type CleanupQuery = (typeof CLEANUP_QUERIES)[number];

// Pods that clean up at the same time skip the rows of one another, and those of a request.
const DELETE_REFRESH_TOKENS = `
  delete from ${REFRESH_TOKENS} where hash in (
    select t.hash from ${SESSIONS} s join ${REFRESH_TOKENS} t on t.session_id = s.id
    where s.expires_at <= :before order by s.expires_at limit :limit
    for update of t skip locked
  )`;

// Without tokens, so that the cascade to them deletes no more rows than the limit.
const DELETE_SESSIONS = `
  delete from ${SESSIONS} where id in (
    select s.id from ${SESSIONS} s
    where s.expires_at <= :before
      and not exists (select from ${REFRESH_TOKENS} t where t.session_id = s.id)
    order by s.expires_at limit :limit
    for update skip locked
  )`;

/** The sessions in Postgres that have expired, found by an index. */
export function createExpiredSessions(db: Knex): ExpiredSessions {
  const run = async (name: CleanupQuery, sql: string, before: Date, limit: number) => {
    const bindings = { before, limit };
    const { rowCount } = await db.raw<{ rowCount: number }>(sql, bindings).options(named(name));
    return rowCount;
  };
  return {
    deleteRefreshTokens: (before, limit) =>
      run('refreshTokens.deleteExpired', DELETE_REFRESH_TOKENS, before, limit),
    deleteSessions: (before, limit) =>
      run('sessions.deleteExpired', DELETE_SESSIONS, before, limit),
  };
}
