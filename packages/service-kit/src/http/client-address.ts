import type { Middleware } from 'koa';

/**
 * Makes `ctx.ip` the address of the client as the outermost proxy of ours saw it. Each proxy adds
 * its peer's address at the right of `X-Forwarded-For`; all that is left of our own entries the
 * client may have written itself. With fewer entries than proxies the request came by another
 * way, and only the connection's own address is certain.
 *
 * @param trustedHops how many proxies of ours are in front; with 0 the header means nothing
 */
export function clientAddress({ trustedHops }: { trustedHops: number }): Middleware {
  return function address(ctx, next) {
    const forwarded = ctx.get('X-Forwarded-For').split(',');
    const seen = trustedHops > 0 ? forwarded.at(-trustedHops)?.trim() : undefined;
    if (seen) ctx.request.ip = seen;
    return next();
  };
}
