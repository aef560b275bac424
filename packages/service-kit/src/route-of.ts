import type { Router } from '@koa/router';
import type { Context } from 'koa';

/**
 * Finds the template of the route that a request is for, also of one that was refused, or whose
 * client went, before the router had its turn.
 */
export function routeFinder(router: Router): (ctx: Context) => string | undefined {
  return function routeOf(ctx: Context & { _matchedRoute?: unknown }) {
    if (typeof ctx._matchedRoute === 'string') return ctx._matchedRoute;
    const { pathAndMethod } = router.match(ctx.path, ctx.method);
    const path = pathAndMethod.find(({ methods }) => methods.length > 0)?.path;
    return typeof path === 'string' ? path : undefined;
  };
}
