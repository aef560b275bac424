import type { Middleware } from 'koa';

/**
 * Sets `ctx.ip` to the client's address as seen by the outermost trusted proxy. Each proxy appends its
 * peer's address to `X-Forwarded-For`; entries further left may be forged by the client. With fewer entries
 * than proxies, the request bypassed a proxy, and `ctx.ip` stays the address of the connection.
 *
 * @param trustedHops the number of trusted proxies; with 0 the header is ignored
 */
export function clientAddress({ trustedHops }: { trustedHops: number }): Middleware {
  return function address(ctx, next) {
    const forwarded = ctx.get('X-Forwarded-For').split(',');
    const seen = trustedHops > 0 ? forwarded.at(-trustedHops)?.trim() : undefined;
    if (seen) ctx.request.ip = seen;
    return next();
  };
}
