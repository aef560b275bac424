import type { z } from 'zod';

import { AppError } from './app-error.ts';

/**
 * Parses what a client sent into what the domain trusts.
 *
 * @param what how the client knows this input: `body`, `query`, `path`
 * @throws AppError `invalid`, with one entry in `errors` for each field that is wrong
 */
export function parse<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  what: 'body' | 'query' | 'path',
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
  throw new AppError('invalid', `The ${what} is not valid`, { errors });
}

/** zod speaks of JavaScript's types and of what was not expected; a client wants to know what is. */
function messageOf(issue: z.core.$ZodIssue): string {
  const isZods = issue.message.startsWith('Invalid input: expected');
  if (issue.code !== 'invalid_type' || !isZods) return issue.message;
  return issue.message.endsWith('received undefined')
    ? 'Is required'
    : `Must be a ${issue.expected}`;
}
