import { AppError } from '@relay/service-kit';
import { z } from 'zod';

import type { Position } from './post.ts';

export const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 100;
export const DEFAULT_TOP = 10;

/** An id in its one spelling: it becomes part of a cache key. */
export const idSchema = z.uuid('Not an id').toLowerCase();

const limit = (byDefault: number) => {
  const message = `A whole number from 1 to ${MAX_PAGE_SIZE}`;
  return z
    .string(message)
    .regex(/^\d{1,3}$/, message)
    .transform(Number)
    .pipe(z.number().min(1, message).max(MAX_PAGE_SIZE, message))
    .default(byDefault);
};

export const listQuerySchema = z.strictObject({
  limit: limit(DEFAULT_PAGE_SIZE),
  cursor: z.string('Given more than once').max(200, 'Not a cursor').optional(),
  user: idSchema.optional(),
});

export const topQuerySchema = z.strictObject({ limit: limit(DEFAULT_TOP) });

export const postPathSchema = z.object({ id: idSchema });

const positionSchema = z.tuple([z.iso.datetime(), idSchema]);

/** A position as an opaque string for the client to send back. */
export function encodeCursor({ createdAt, id: postId }: Position): string {
  return Buffer.from(JSON.stringify([createdAt.toISOString(), postId])).toString('base64url');
}

/** @throws AppError `invalid` for anything that `encodeCursor` cannot have made */
export function decodeCursor(cursor: string): Position {
  try {
    const decoded: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const [createdAt, postId] = positionSchema.parse(decoded);
    const position = { createdAt: new Date(createdAt), id: postId };
    // Node's base64 skips what it does not know.
    if (encodeCursor(position) !== cursor) throw new Error('Not in the form that is given out');
    return position;
  } catch (cause) {
    const errors = [{ path: 'cursor', message: 'Not a cursor that a page has given' }];
    throw new AppError('invalid', 'The query is not valid', { cause, errors });
  }
}
