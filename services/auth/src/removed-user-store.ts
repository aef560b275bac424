import type { Knex } from 'knex';

import {
  decodeCursor,
  encodeCursor,
  type RemovedUser,
  type RemovedUsers,
} from './removed-users.ts';
import { REMOVED_USERS } from './tables.ts';

/** The query names in the metrics. */
export const REMOVED_USER_QUERIES = ['removedUsers.list'] as const;

interface RemovedUserRow {
  user_id: string;
  removed_at: Date;
}

/** Removed users in Postgres. */
export function createRemovedUsers(db: Knex): RemovedUsers {
  return {
    async list({ since, cursor, limit }) {
      const query = db<RemovedUserRow>(REMOVED_USERS)
        .orderBy(['removed_at', 'user_id'])
        // The extra row indicates a next page.
        .limit(limit + 1)
        .options({ queryName: REMOVED_USER_QUERIES[0] });
      if (since !== undefined) void query.where('removed_at', '>=', new Date(since));
      if (cursor !== undefined) {
        const { removedAt, userId } = decodeCursor(cursor);
        void query.whereRaw('(removed_at, user_id) > (?, ?)', [removedAt, userId]);
      }
      const rows = await query;
      const removed = rows.slice(0, limit).map(toRemovedUser);
      const last = removed.at(-1);
      return { removed, next: last && rows.length > limit ? encodeCursor(last) : null };
    },
  };
}

function toRemovedUser({ user_id: userId, removed_at: removedAt }: RemovedUserRow): RemovedUser {
  return { userId, removedAt };
}
