import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';

import { AppError, codeOfStatus, ERRORS } from './app-error.ts';

/** Maps a library's error to an `AppError`; `undefined` for unknown errors. */
export type ErrorMapper = (error: unknown) => AppError | undefined;

interface ProblemsOptions {
  log: Logger;
  mapError?: ErrorMapper | undefined;
}

/**
 * Sends a problem document (RFC 9457) for every error and every unknown path. Errors that cannot be mapped to
 * an `AppError` are logged, and the client gets "Internal error" only.
 */
export function problems({ log, mapError }: ProblemsOptions): Middleware {
  return async function problem(ctx, next) {
    try {
      await next();
      if (ctx.status >= 400 && ctx.body == null) {
        throw new AppError(codeOfStatus(ctx.status), `${ctx.path} does not answer ${ctx.method}`);
      }
    } catch (cause) {
      const error = asAppError(cause, mapError);
      if (error.code === 'internal') log.error({ err: cause }, 'Request failed');
      if (ERRORS[error.code].status === 503)
        log.warn({ err: cause }, 'Request could not be served');
      sendProblem(ctx, error);
    }
  };
}

function asAppError(cause: unknown, mapError?: ErrorMapper): AppError {
  if (cause instanceof AppError) return cause;
  const mapped = mapError?.(cause);
  if (mapped) return mapped;
  // `expose` marks messages meant for the client: 4xx of Koa and its middleware (http-errors).
  if (cause instanceof Error && 'status' in cause && 'expose' in cause && cause.expose === true) {
    return new AppError(codeOfStatus(Number(cause.status)), cause.message, { cause });
  }
  return new AppError('internal', 'An unexpected error occurred', { cause });
}

function sendProblem(ctx: Context, error: AppError): void {
  const { status } = ERRORS[error.code];
  ctx.remove('ETag');
  ctx.set('Cache-Control', 'no-store');
  if (status === 401) ctx.set('WWW-Authenticate', 'Bearer');
  if (error.retryAfterSeconds !== undefined) {
    ctx.set('Retry-After', String(Math.ceil(error.retryAfterSeconds)));
  }
  ctx.status = status;
  ctx.body = problemDocument(error, ctx.state.requestId as string);
  ctx.type = PROBLEM_TYPE;
}

export const PROBLEM_TYPE = 'application/problem+json';

/** The JSON body of an error response, as `openApi` documents it. */
export function problemDocument(error: AppError, requestId: string): string {
  const { status, title } = ERRORS[error.code];
  return JSON.stringify({
    type: `urn:relay:problem:${error.code}`,
    title,
    status,
    detail: error.message,
    ...(error.errors && { errors: error.errors }),
    requestId,
  });
}
