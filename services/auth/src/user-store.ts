import { mapUnknownOutcome } from '@relay/service-kit/http/database-errors';
import { violatedConstraint } from '@relay/service-kit/postgres/errors';
import type { Knex } from 'knex';

import { USERS } from './tables.ts';
import type { UniqueField, User, UserStore } from './user.ts';

/** A row of `users`. */
export interface UserRow {
  id: string;
  username: string;
  email: string;
  password_hash: string;
  created_at: Date;
}

const UNIQUE_FIELDS: Readonly<Record<string, UniqueField>> = {
  users_username_key: 'username',
  users_email_key: 'email',
};

/** A repetition could fail with a conflict with the user's own registration. */
const UNKNOWN_OUTCOME =
  'The user may have been registered: log in, and register again if that fails';

/** The query names in the metrics. */
export const USER_QUERIES = ['users.insert', 'users.byEmail', 'users.byId'] as const;

type UserQuery = (typeof USER_QUERIES)[number];

/** Users in Postgres. */
export function createUserStore(db: Knex): UserStore {
  const users = (query: UserQuery) => db<UserRow>(USERS).options({ queryName: query });
  return {
    async add({ id, username, email, passwordHash }) {
      const row = { id, username, email, password_hash: passwordHash };
      try {
        const [added] = await users('users.insert').insert(row).returning('*');
        return { user: toUser(added!) };
      } catch (error) {
        const taken = UNIQUE_FIELDS[violatedConstraint(error) ?? ''];
        if (!taken) throw mapUnknownOutcome(error, UNKNOWN_OUTCOME) ?? error;
        return { taken };
      }
    },
    async findCredentials(email) {
      const row = await users('users.byEmail').whereRaw('lower(email) = ?', [email]).first();
      return row && { user: toUser(row), passwordHash: row.password_hash };
    },
    async findById(id) {
      const row = await users('users.byId').where({ id }).first();
      return row && toUser(row);
    },
  };
}

export function toUser({ id, username, email, created_at: createdAt }: UserRow): User {
  return { id, username, email, createdAt };
}
