import { mapUnknownOutcome } from '@relay/service-kit/http/database-errors';
import type { Knex } from 'knex';

import type { TokenHolder } from './access-token.ts';
import { endOtherSessions } from './session-store.ts';
import { REMOVED_USERS, USERS } from './tables.ts';

/** Changes of an account that end sessions in the same transaction. */
export interface AccountStore {
  /**
   * Replaces the password and ends the user's other sessions. Returns false if the current hash is another:
   * the password has been changed meanwhile.
   */
  replacePassword(
    change: TokenHolder & { currentHash: string; newHash: string },
    now: Date,
  ): Promise<boolean>;
  /**
   * Deletes the user with all sessions, and records the removal for the services that keep data of users.
   * Returns false if the current hash is another.
   */
  remove(account: { userId: string; currentHash: string }, now: Date): Promise<boolean>;
}

/** A repetition would fail with the wrong current password. */
const UNKNOWN_CHANGE = 'The password may have been changed: log in to see which one is valid';
const UNKNOWN_REMOVAL = 'The account may have been deleted: log in to see whether it exists';

/** The query names in the metrics. */
export const ACCOUNT_QUERIES = [
  'users.replacePassword',
  'users.delete',
  'removedUsers.insert',
] as const;

const query = (queryName: (typeof ACCOUNT_QUERIES)[number]) => ({ queryName });

/** Accounts in Postgres. */
export function createAccountStore(db: Knex): AccountStore {
  return {
    replacePassword: (change, now) =>
      db
        .transaction(async (trx) => {
          const { userId, currentHash, newHash } = change;
          const changed = await trx(USERS)
            .where({ id: userId, password_hash: currentHash })
            .update({ password_hash: newHash })
            .options(query('users.replacePassword'));
          if (changed > 0) await endOtherSessions(trx, change, now);
          return changed > 0;
        })
        .catch((error: unknown) => {
          throw mapUnknownOutcome(error, UNKNOWN_CHANGE) ?? error;
        }),

    remove: ({ userId, currentHash }, now) =>
      db
        .transaction(async (trx) => {
          const deleted = await trx(USERS)
            .where({ id: userId, password_hash: currentHash })
            .delete()
            .options(query('users.delete'));
          if (deleted > 0) {
            await trx(REMOVED_USERS)
              .insert({ user_id: userId, removed_at: now })
              .options(query('removedUsers.insert'));
          }
          return deleted > 0;
        })
        .catch((error: unknown) => {
          throw mapUnknownOutcome(error, UNKNOWN_REMOVAL) ?? error;
        }),
  };
}
