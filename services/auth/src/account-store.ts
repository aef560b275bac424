import { mapUnknownOutcome } from '@relay/service-kit/http/database-errors';
import type { Knex } from 'knex';

import type { TokenHolder } from './access-token.ts';
import { endOtherSessions } from './session-store.ts';
import { USERS } from './tables.ts';

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
}

/** A repetition would fail with the wrong current password. */
const UNKNOWN_CHANGE = 'The password may have been changed: log in to see which one is valid';

/** The query names in the metrics. */
export const ACCOUNT_QUERIES = ['users.replacePassword'] as const;

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
  };
}
