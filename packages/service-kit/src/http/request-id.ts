import { randomUUID } from 'node:crypto';

import type { Middleware } from 'koa';

const ACCEPTED = /^[\w.:-]{1,128}$/;

/**
 * Gives each request an id, in `ctx.state.requestId`, and says it in `X-Request-Id`. One that the
 * caller sent is kept if it is safe to log.
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
