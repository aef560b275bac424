import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';

import { AppError, codeOfStatus, ERRORS } from './app-error.ts';

/** Turns an error of some library into an `AppError`, or `undefined` if it knows nothing of it. */
export type ErrorMapper = (error: unknown) => AppError | undefined;

interface ProblemsOptions {
  log: Logger;
  mapError?: ErrorMapper | undefined;
}

/**
 * Answers every error, and every path that nothing answered, with a problem document (RFC 9457).
 * What is not an `AppError` is logged and told to the client only as "Internal error".
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
  // What http-errors calls exposed is meant for the client: 4xx from koa and its middleware.
  if (cause instanceof Error && 'status' in cause && 'expose' in cause && cause.expose === true) {
    return new AppError(codeOfStatus(Number(cause.status)), cause.message, { cause });
  }
  return new AppError('internal', 'Something went wrong on our side', { cause });
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

/** What the client reads of an error: JSON, as `openApi` describes it. */
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
