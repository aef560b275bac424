import type { Router } from '@koa/router';
import type { Context } from 'koa';

import { methodsOfExactPaths } from './routing.ts';

/**
 * Finds the template of the route that a request is for, also of one that was refused, or whose
 * client went, before the router had its turn.
 */
export function routeFinder(router: Router): (ctx: Context) => string | undefined {
  const exact = methodsOfExactPaths(router);
  return function routeOf(ctx: Context & { _matchedRoute?: unknown }) {
    if (typeof ctx._matchedRoute === 'string') return ctx._matchedRoute;
    const allowed = exact.get(ctx.path);
    if (allowed) return allowed.includes(ctx.method) ? ctx.path : undefined;
    const { pathAndMethod } = router.match(ctx.path, ctx.method);
    const path = pathAndMethod.find(({ methods }) => methods.length > 0)?.path;
    return typeof path === 'string' ? path : undefined;
  };
}
