import { bodyParser } from '@koa/bodyparser';
import type { Middleware } from 'koa';

import { AppError } from './app-error.ts';

/**
 * Reads a JSON body into `ctx.request.body`.
 *
 * @throws AppError `too-large` beyond `limitBytes`, `unsupported-media-type` for a body that is
 *   not JSON, `invalid` for one that does not parse
 */
export function jsonBody({ limitBytes }: { limitBytes: number }): Middleware {
  const parseJson = bodyParser({
    enableTypes: ['json'],
    parsedMethods: ['POST', 'PUT', 'PATCH', 'DELETE'],
    jsonLimit: limitBytes,
    jsonStrict: true,
    onError(cause) {
      if ('status' in cause && cause.status === 413) {
        throw new AppError('too-large', `A body may have at most ${limitBytes} bytes`, { cause });
      }
      throw new AppError('invalid', 'The body is not valid JSON', { cause });
    },
  });
  return async function body(ctx, next) {
    // `is` gives null without a body and false for one of another type.
    if (ctx.request.is('application/json') === false) {
      throw new AppError('unsupported-media-type', 'Send the body as application/json');
    }
    await parseJson(ctx, next);
  };
}
