import type { Context, Middleware, Next } from 'koa';
import { getRawBody } from 'raw-body';

import { AppError } from './app-error.ts';

declare module 'koa' {
  interface Request {
    /** What the client sent, as JSON has it: to be parsed before it is used. */
    body?: unknown;
  }
}

const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/**
 * Reads a JSON body into `ctx.request.body`. A missing body is read as `{}`, so that the error lists
 * each missing field.
 *
 * @throws AppError `too-large` beyond `limitBytes`, `unsupported-media-type` for a body that is
 *   not plain JSON, `invalid` for one that does not parse
 */
export function jsonBody({ limitBytes }: { limitBytes: number }): Middleware {
  return function body(ctx, next) {
    // Not async: a read would wait a turn for nothing.
    return METHODS_WITH_BODY.has(ctx.method) ? readThen(ctx, limitBytes, next) : next();
  };
}

async function readThen(ctx: Context, limitBytes: number, next: Next): Promise<void> {
  ctx.request.body = await readBody(ctx, limitBytes);
  await next();
}

async function readBody(ctx: Context, limitBytes: number): Promise<unknown> {
  const { length } = ctx.request;
  // `is` gives null without a body and false for one of another type.
  const type = ctx.request.is('application/json');
  if (type === null || length === 0) return {};
  if (type === false) {
    throw new AppError('unsupported-media-type', 'Send the body as application/json');
  }
  // A small body may be large once inflated, and a body within the limit needs no compression.
  if (!['', 'identity'].includes(ctx.get('Content-Encoding').toLowerCase())) {
    throw new AppError('unsupported-media-type', 'Send the body without a Content-Encoding');
  }
  const bytes = await getRawBody(ctx.req, { length: length ?? null, limit: limitBytes }).catch(
    (cause: Error & { status?: number }) => {
      if (cause.status !== 413) throw cause;
      throw new AppError('too-large', `A body may have at most ${limitBytes} bytes`, { cause });
    },
  );
  return parseJson(bytes);
}

/** RFC 8259: UTF-8 and nothing else. */
function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes), refusePrototype);
  } catch (cause) {
    throw new AppError('invalid', 'The body is not valid JSON', { cause });
  }
}

/** A key of this name becomes a prototype where someone copies it carelessly. */
function refusePrototype(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('A key must not be called __proto__');
  return value;
}
