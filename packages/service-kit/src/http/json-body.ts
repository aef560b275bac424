import type { Context, Middleware, Next } from 'koa';
import { getRawBody } from 'raw-body';

import { AppError } from './app-error.ts';

declare module 'koa' {
  interface Request {
    /** The parsed JSON of the body. Validate it before use. */
    body?: unknown;
  }
}

const METHODS_WITH_BODY = ['POST', 'PUT', 'PATCH'];

interface JsonBodyOptions {
  limitBytes: number;
  /** Bodies of other methods are ignored. Default: POST, PUT and PATCH. */
  methods?: readonly string[];
}

/**
 * Reads a JSON body into `ctx.request.body`. A missing body becomes `{}`, so that validation lists each
 * missing field.
 *
 * @throws AppError `too-large` beyond `limitBytes`, `unsupported-media-type` for a body of
 *   another type or with a Content-Encoding, `invalid` for malformed JSON
 */
export function jsonBody(options: JsonBodyOptions): Middleware {
  const { limitBytes, methods = METHODS_WITH_BODY } = options;
  return function body(ctx, next) {
    // Not async: requests without a body skip a microtask.
    return methods.includes(ctx.method) ? readThen(ctx, limitBytes, next) : next();
  };
}

async function readThen(ctx: Context, limitBytes: number, next: Next): Promise<void> {
  ctx.request.body = await readBody(ctx, limitBytes);
  await next();
}

async function readBody(ctx: Context, limitBytes: number): Promise<unknown> {
  const { length } = ctx.request;
  // `is` returns null without a body, and false for another type.
  const type = ctx.request.is('application/json');
  if (type === null || length === 0) return {};
  if (type === false) {
    throw new AppError('unsupported-media-type', 'Send the body as application/json');
  }
  // A small compressed body may be large when inflated, and a body within the limit needs no compression.
  if (!['', 'identity'].includes(ctx.get('Content-Encoding').toLowerCase())) {
    throw new AppError('unsupported-media-type', 'Send the body without a Content-Encoding');
  }
  const bytes = await getRawBody(ctx.req, { length: length ?? null, limit: limitBytes }).catch(
    (cause: Error & { status?: number }) => {
      if (cause.status !== 413) throw cause;
      throw new AppError('too-large', `The body exceeds the limit of ${limitBytes} bytes`, {
        cause,
      });
    },
  );
  return parseJson(bytes);
}

/** RFC 8259 allows UTF-8 only. */
function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes), refusePrototype);
  } catch (cause) {
    throw new AppError('invalid', 'The body is not valid JSON', { cause });
  }
}

/** Copying an object with this key by assignment would set a prototype (prototype pollution). */
function refusePrototype(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('The key __proto__ is not allowed');
  return value;
}
