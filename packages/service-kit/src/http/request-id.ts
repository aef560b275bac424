import { randomUUID } from 'node:crypto';

import type { Middleware } from 'koa';

const ACCEPTED = /^[\w.:-]{1,128}$/;

/**
 * Sets `ctx.state.requestId` and the `X-Request-Id` of the response. Keeps the client's id if it is safe to
 * log.
 */
export function requestId(): Middleware {
  return function id(ctx, next) {
    const sent = ctx.get('X-Request-Id');
    const chosen = ACCEPTED.test(sent) ? sent : randomUUID();
    ctx.state.requestId = chosen;
    ctx.set('X-Request-Id', chosen);
    return next();
  };
}
