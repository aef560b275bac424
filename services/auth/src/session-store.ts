import { named } from '@relay/service-kit';
import type { Knex } from 'knex';

import type { SessionStore } from './session.ts';
import { toUser, type UserRow } from './user-store.ts';

/** What the statements below are called in metrics. */
export const SESSION_QUERIES = [
  'sessions.deleteExpired',
  'sessions.insert',
  'sessions.user',
  'sessions.revoke',
  'refreshTokens.insert',
  'refreshTokens.use',
] as const;

const query = (name: (typeof SESSION_QUERIES)[number]) => named(name);

/** Sessions in Postgres. */
export function createSessionStore(db: Knex): SessionStore {
  return {
    begin: ({ id, userId, tokenHash, now, expiresAt }) =>
      db.transaction(async (trx) => {
        await trx('sessions')
          .where({ user_id: userId })
          .where('expires_at', '<=', now)
          .delete()
          .options(query('sessions.deleteExpired'));
        await trx('sessions')
          .insert({ id, user_id: userId, expires_at: expiresAt })
          .options(query('sessions.insert'));
        await trx('refresh_tokens')
          .insert({ hash: tokenHash, session_id: id })
          .options(query('refreshTokens.insert'));
      }),

    rotate: ({ usedHash, nextHash, now }) =>
      db.transaction(async (trx) => {
        // Of two who present the same token at once, the second waits here for the first and then
        // finds it used.
        const [used] = await trx('refresh_tokens')
          .where({ hash: usedHash })
          .whereNull('used_at')
          .update({ used_at: now })
          .returning<{ session_id: string }[]>('session_id')
          .options(query('refreshTokens.use'));
        if (!used) {
          const userId = await revokeFamily(trx, usedHash, now);
          return userId ? { status: 'reused', userId } : UNKNOWN;
        }

        // Before the commit: a token must not count as used by someone who never got the next one.
        const user = await trx<UserRow>('users')
          .join('sessions', 'sessions.user_id', 'users.id')
          .where({ 'sessions.id': used.session_id })
          .whereNull('revoked_at')
          .where('expires_at', '>', now)
          .first('users.*')
          .options(query('sessions.user'));
        if (!user) return UNKNOWN;
        await trx('refresh_tokens')
          .insert({ hash: nextHash, session_id: used.session_id })
          .options(query('refreshTokens.insert'));
        return { status: 'rotated', user: toUser(user) } as const;
      }),

    async revoke(tokenHash, now) {
      await revokeFamily(db, tokenHash, now);
    },
  };
}

const UNKNOWN = { status: 'unknown' } as const;

/** Whose family it was, if there was one that had not been revoked yet. */
async function revokeFamily(db: Knex, tokenHash: Buffer, now: Date): Promise<string | undefined> {
  const [revoked] = await db('sessions')
    .whereIn('id', db('refresh_tokens').select('session_id').where({ hash: tokenHash }))
    .whereNull('revoked_at')
    .update({ revoked_at: now })
    .returning<{ user_id: string }[]>('user_id')
    .options(query('sessions.revoke'));
  return revoked?.user_id;
}
