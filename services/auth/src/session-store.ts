import type { Knex } from 'knex';

import type { TokenHolder } from './access-token.ts';
import type { ActiveSession, PresentedToken, Rotation, SessionStore } from './session.ts';
import { REFRESH_TOKENS, SESSIONS, USERS } from './tables.ts';
import { toUser, type UserRow } from './user-store.ts';

/** The query names in the metrics. */
export const SESSION_QUERIES = [
  'sessions.insert',
  'sessions.use',
  'sessions.revoke',
  'sessions.isActive',
  'sessions.list',
  'sessions.end',
  'sessions.endOthers',
  'refreshTokens.insert',
  'refreshTokens.lock',
  'refreshTokens.use',
  'refreshTokens.isUnused',
] as const;

const query = (queryName: (typeof SESSION_QUERIES)[number]) => ({ queryName });

/**
 * Sessions in Postgres. A write without a response is safe to repeat: a second session expires unused, a
 * second rotation returns the unused successor, and revocation is idempotent.
 */
export function createSessionStore(db: Knex): SessionStore {
  return {
    begin: ({ tokenHash, ...session }) =>
      db.transaction(async (trx) => {
        const { rowCount } = await trx
          .raw<{ rowCount: number }>(INSERT_SESSION, session)
          .options(query('sessions.insert'));
        if (rowCount > 0) await insertToken(trx, tokenHash, session.id);
        return rowCount > 0;
      }),

    rotate: (presented) => db.transaction((trx) => rotate(trx, presented)),

    async revoke(tokenHash, now) {
      await revokeFamily(db, tokenHash, now);
    },

    async isActive({ userId, sessionId }, now) {
      const found = await activeSessions(db, userId, now)
        .where({ id: sessionId })
        .first('id')
        .options(query('sessions.isActive'));
      return found !== undefined;
    },

    async listActive(userId, now) {
      const rows = await activeSessions(db, userId, now)
        .orderByRaw('coalesce(last_used_at, created_at) desc')
        .limit(MAX_LISTED)
        .options(query('sessions.list'));
      return rows.map(toActiveSession);
    },

    async end({ userId, sessionId }, now) {
      const ended = await activeSessions(db, userId, now)
        .where({ id: sessionId })
        .update({ revoked_at: now })
        .options(query('sessions.end'));
      return ended > 0;
    },

    endOthers: (kept, now) => endOtherSessions(db, kept, now),
  };
}

const MAX_LISTED = 100;

// The lock makes a login and a change of the password, or the removal of the user, wait for each other: no
// session that began with the old password survives.
const INSERT_SESSION = `
  insert into ${SESSIONS} (id, user_id, created_at, expires_at, user_agent)
  select cast(:id as uuid), id, cast(:createdAt as timestamptz), cast(:expiresAt as timestamptz),
    cast(:userAgent as text)
  from ${USERS} where id = :userId and password_hash = :passwordHash
  for share`;

const UNKNOWN = { status: 'unknown' } as const;

async function rotate(trx: Knex, presented: PresentedToken): Promise<Rotation> {
  const { usedHash, successorHash, salt, now } = presented;
  const token = await lockToken(trx, usedHash, now);
  if (!token) return UNKNOWN;
  const { session_id: sessionId, expires_at: sessionExpiresAt } = token;
  const session = { user: toUser(token), sessionId, sessionExpiresAt };
  if (!token.used_at) {
    await trx(REFRESH_TOKENS)
      .where({ hash: usedHash })
      .update({ used_at: now, successor_salt: salt })
      .options(query('refreshTokens.use'));
    await trx(SESSIONS)
      .where({ id: sessionId })
      .update({ last_used_at: now })
      .options(query('sessions.use'));
    await insertToken(trx, successorHash(salt), sessionId);
    return { status: 'rotated', ...session, salt };
  }
  const repeated = await saltToRepeat(trx, token, presented);
  if (repeated) return { status: 'rotated', ...session, salt: repeated };
  const userId = await revokeFamily(trx, usedHash, now);
  return userId ? { status: 'reused', userId } : UNKNOWN;
}

/** The salt of a used token that may be used again: within the interval, or while its successor is unused. */
async function saltToRepeat(
  trx: Knex,
  { used_at: usedAt, successor_salt: salt }: LockedToken,
  { reusableSince, successorHash }: PresentedToken,
): Promise<Buffer | null> {
  if (!salt || !usedAt || !reusableSince) return null;
  if (usedAt > reusableSince) return salt;
  // The lock of the session makes a use of the successor wait.
  const unused = await trx(REFRESH_TOKENS)
    .where({ hash: successorHash(salt) })
    .whereNull('used_at')
    .first('hash')
    .options(query('refreshTokens.isUnused'));
  return unused ? salt : null;
}

interface LockedToken extends UserRow {
  session_id: string;
  expires_at: Date;
  used_at: Date | null;
  successor_salt: Buffer | null;
}

/**
 * Locks and returns the token with its user, unless its session has expired or been revoked. Of two
 * concurrent requests with the same token, the second waits here and then finds it used.
 */
function lockToken(trx: Knex, hash: Buffer, now: Date): Promise<LockedToken | undefined> {
  return (
    trx<LockedToken>(REFRESH_TOKENS)
      .join(SESSIONS, 'sessions.id', 'refresh_tokens.session_id')
      .join(USERS, 'users.id', 'sessions.user_id')
      .where({ hash })
      .whereNull('revoked_at')
      .where('expires_at', '>', now)
      // The session first, in the order of the cascade that deletes a user: the reverse could deadlock.
      .forUpdate('sessions', 'refresh_tokens')
      .first<LockedToken>('users.*', 'session_id', 'expires_at', 'used_at', 'successor_salt')
      .options(query('refreshTokens.lock'))
  );
}

async function insertToken(trx: Knex, hash: Buffer, sessionId: string): Promise<void> {
  await trx(REFRESH_TOKENS)
    .insert({ hash, session_id: sessionId })
    .options(query('refreshTokens.insert'));
}

/** Revokes the token's family. Returns the user's id, or `undefined` if nothing was revoked. */
async function revokeFamily(db: Knex, tokenHash: Buffer, now: Date): Promise<string | undefined> {
  const [revoked] = await db(SESSIONS)
    .whereIn('id', db(REFRESH_TOKENS).select('session_id').where({ hash: tokenHash }))
    .whereNull('revoked_at')
    .update({ revoked_at: now })
    .returning<{ user_id: string }[]>('user_id')
    .options(query('sessions.revoke'));
  return revoked?.user_id;
}

interface SessionRow {
  id: string;
  user_id: string;
  created_at: Date;
  /** Null before the first refresh, and in rows of pods of the previous version. */
  last_used_at: Date | null;
  expires_at: Date;
  revoked_at: Date | null;
  user_agent: string | null;
}

function activeSessions(db: Knex, userId: string, now: Date) {
  return db<SessionRow>(SESSIONS)
    .where({ user_id: userId })
    .whereNull('revoked_at')
    .where('expires_at', '>', now);
}

/** Revokes the user's sessions except the holder's. */
export async function endOtherSessions(db: Knex, kept: TokenHolder, now: Date): Promise<void> {
  const others = activeSessions(db, kept.userId, now);
  if (kept.sessionId !== undefined) void others.whereNot({ id: kept.sessionId });
  await others.update({ revoked_at: now }).options(query('sessions.endOthers'));
}

function toActiveSession(row: SessionRow): ActiveSession {
  return {
    id: row.id,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? row.created_at,
    expiresAt: row.expires_at,
    userAgent: row.user_agent,
  };
}
