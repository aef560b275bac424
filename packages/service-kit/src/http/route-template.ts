import type { Router } from '@koa/router';
import type { Context } from 'koa';

import { methodsOfExactPaths } from './routing.ts';

/**
 * Creates a function that finds the route template of a request, even if the request was rejected or aborted
 * before it reached the router.
 */
export function routeTemplateFinder(router: Router): (ctx: Context) => string | undefined {
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
