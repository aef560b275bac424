import type { Knex } from 'knex';

import type { PresentedToken, Rotation, SessionStore } from './session.ts';
import { REFRESH_TOKENS, SESSIONS, USERS } from './tables.ts';
import { toUser, type UserRow } from './user-store.ts';

/** The query names in the metrics. */
export const SESSION_QUERIES = [
  'sessions.insert',
  'sessions.revoke',
  'refreshTokens.insert',
  'refreshTokens.lock',
  'refreshTokens.use',
] as const;

const query = (queryName: (typeof SESSION_QUERIES)[number]) => ({ queryName });

/**
 * Sessions in Postgres. A write without a response is safe to repeat: a second session expires unused, the
 * reuse interval covers a second rotation, and revocation is idempotent.
 */
export function createSessionStore(db: Knex): SessionStore {
  return {
    begin: ({ id, userId, tokenHash, expiresAt }) =>
      db.transaction(async (trx) => {
        await trx(SESSIONS)
          .insert({ id, user_id: userId, expires_at: expiresAt })
          .options(query('sessions.insert'));
        await insertToken(trx, tokenHash, id);
      }),

    rotate: (presented) => db.transaction((trx) => rotate(trx, presented)),

    async revoke(tokenHash, now) {
      await revokeFamily(db, tokenHash, now);
    },
  };
}

const UNKNOWN = { status: 'unknown' } as const;

async function rotate(trx: Knex, presented: PresentedToken): Promise<Rotation> {
  const { usedHash, nextHash, salt, now, reusableSince } = presented;
  const token = await lockToken(trx, usedHash, now);
  if (!token) return UNKNOWN;
  const session = { user: toUser(token), sessionExpiresAt: token.expires_at };
  if (!token.used_at) {
    await trx(REFRESH_TOKENS)
      .where({ hash: usedHash })
      .update({ used_at: now, successor_salt: salt })
      .options(query('refreshTokens.use'));
    await insertToken(trx, nextHash, token.session_id);
    return { status: 'rotated', ...session, salt };
  }
  if (token.successor_salt && reusableSince && token.used_at > reusableSince) {
    return { status: 'rotated', ...session, salt: token.successor_salt };
  }
  const userId = await revokeFamily(trx, usedHash, now);
  return userId ? { status: 'reused', userId } : UNKNOWN;
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
  return trx<LockedToken>(REFRESH_TOKENS)
    .join(SESSIONS, 'sessions.id', 'refresh_tokens.session_id')
    .join(USERS, 'users.id', 'sessions.user_id')
    .where({ hash })
    .whereNull('revoked_at')
    .where('expires_at', '>', now)
    .forUpdate('refresh_tokens')
    .first<LockedToken>('users.*', 'session_id', 'expires_at', 'used_at', 'successor_salt')
    .options(query('refreshTokens.lock'));
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
