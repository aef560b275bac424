import { AppError } from '@relay/service-kit/http/app-error';
import { z } from 'zod';

import type { Position } from './post.ts';

export const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 100;
export const DEFAULT_TOP = 10;

/** A canonical id: it becomes part of a cache key. */
export const idSchema = z.uuid('Not an id').toLowerCase();

const limit = (byDefault: number) => {
  const message = `A whole number from 1 to ${MAX_PAGE_SIZE}`;
  return z
    .string(message)
    .regex(/^\d{1,3}$/, message)
    .transform(Number)
    .pipe(z.int().min(1, message).max(MAX_PAGE_SIZE, message))
    .default(byDefault);
};

const TIME = z.regexes.datetime({ precision: 3 }).source.slice(1, -1);
const ID = '[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
const CURSOR = new RegExp(`^(${TIME})_(${ID})$`);
const NO_CURSOR = 'Not a cursor of a previous page';

export const listQuerySchema = z.strictObject({
  limit: limit(DEFAULT_PAGE_SIZE),
  cursor: z.string('Given more than once').regex(CURSOR, NO_CURSOR).optional(),
  user: idSchema.optional(),
});

const MAX_VOTE_IDS = 100;

/** `ids=<id>,<id>`: one parameter. */
export const votesQuerySchema = z.strictObject({
  ids: z
    .string({ error: ({ input }) => (input ? 'Given more than once' : 'Is required') })
    .transform((text) => text.split(','))
    .pipe(z.array(idSchema).min(1).max(MAX_VOTE_IDS, `At most ${MAX_VOTE_IDS} ids`)),
});

export const topQuerySchema = z.strictObject({ limit: limit(DEFAULT_TOP) });

export const postPathSchema = z.object({ id: idSchema });

/** Encodes a position as a cursor, in a form that JSON Schema can describe. */
export function encodeCursor({ createdAt, id: postId }: Position): string {
  return `${createdAt.toISOString()}_${postId}`;
}

/** @throws AppError `invalid` for a cursor that `encodeCursor` cannot return */
export function decodeCursor(cursor: string): Position {
  const [, createdAt, postId] = CURSOR.exec(cursor) ?? [];
  if (createdAt === undefined || postId === undefined) {
    const errors = [{ path: 'cursor', message: NO_CURSOR }];
    throw new AppError('invalid', 'The query is not valid', { errors });
  }
  return { createdAt: new Date(createdAt), id: postId };
}
