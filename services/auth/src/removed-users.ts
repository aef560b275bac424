import { z } from 'zod';

/** The removal of a user, for services that keep data of users. */
export interface RemovedUser {
  userId: string;
  removedAt: Date;
}

export interface RemovedUsersPage {
  /** The oldest removal first. */
  removed: RemovedUser[];
  /** The cursor of the next page; `null` on the last. */
  next: string | null;
}

/** The removals of at least the last 90 days. */
export interface RemovedUsers {
  list(query: z.output<typeof removedUsersQuerySchema>): Promise<RemovedUsersPage>;
}

const MAX_REMOVED_USERS = 1000;

const TIME = z.regexes.datetime({ precision: 3 }).source.slice(1, -1);
const ID = '[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
const CURSOR = new RegExp(`^${TIME}_${ID}$`);
const LIMIT = `A whole number from 1 to ${MAX_REMOVED_USERS}`;

export const removedUsersQuerySchema = z.strictObject({
  since: z.iso.datetime('Not a time, such as 2026-01-02T03:04:05.678Z').optional(),
  cursor: z.string().regex(CURSOR, 'Not a cursor of a previous page').optional(),
  limit: z
    .string(LIMIT)
    .regex(/^\d{1,4}$/, LIMIT)
    .transform(Number)
    .pipe(z.int().min(1, LIMIT).max(MAX_REMOVED_USERS, LIMIT))
    .default(MAX_REMOVED_USERS),
});

export const removedUsersPageSchema = z.strictObject({
  removed: z.array(z.strictObject({ userId: z.uuid(), removedAt: z.iso.datetime() })),
  next: z.string().nullable(),
});

/** Encodes the position after a removal. */
export function encodeCursor({ removedAt, userId }: RemovedUser): string {
  return `${removedAt.toISOString()}_${userId}`;
}

/** Decodes a cursor that `removedUsersQuerySchema` has accepted. */
export function decodeCursor(cursor: string): RemovedUser {
  const [removedAt = '', userId = ''] = cursor.split('_');
  return { removedAt: new Date(removedAt), userId };
}
