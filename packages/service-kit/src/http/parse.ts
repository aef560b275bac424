import type { z } from 'zod';

import { AppError } from './app-error.ts';

/**
 * Parses untrusted input of a client.
 *
 * @param source the part of the request, for the error's detail
 * @throws AppError `invalid`, with an entry in `errors` for each invalid field
 */
export function parse<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  source: 'body' | 'query' | 'path',
): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          path: [...issue.path, key].join('.'),
          message: 'Unknown field',
        }))
      : [{ path: issue.path.join('.'), message: messageOf(issue) }],
  );
  throw new AppError('invalid', `The ${source} is not valid`, { errors });
}

/** Replaces zod's messages about JavaScript types, which mean little to a client. */
function messageOf(issue: z.core.$ZodIssue): string {
  const isDefault = issue.message.startsWith('Invalid input: expected');
  if (issue.code !== 'invalid_type' || !isDefault) return issue.message;
  return issue.message.endsWith('received undefined')
    ? 'Is required'
    : `Must be a ${issue.expected}`;
}
