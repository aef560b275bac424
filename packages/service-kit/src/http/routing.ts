import type { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';

import { AppError } from './app-error.ts';

/** The methods of each path without parameters. */
export function methodsOfExactPaths(router: Router): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, string[]>();
  for (const layer of router.stack) {
    if (typeof layer.path !== 'string' || /[:*{]/.test(layer.path)) continue;
    methods.set(layer.path, [...(methods.get(layer.path) ?? []), ...layer.methods]);
  }
  return methods;
}

/**
 * Dispatches a request to its route. A path without parameters takes precedence over one with parameters, as
 * in OpenAPI: `DELETE /posts/top` does not match `/posts/:id`.
 *
 * Requests without a route: OPTIONS returns the methods of the path, other methods get a 405, and unknown
 * paths continue to the 404. An unknown method gets a 405, not the 501 of RFC 9110, 9.1: the client chooses
 * the method, and a 5xx would count against the error budget.
 */
export function routing(router: Router): Middleware {
  const dispatch = router.routes();
  const exact = methodsOfExactPaths(router);

  function route(...[ctx, next]: Parameters<Middleware>) {
    const allowed = exact.get(ctx.path);
    if (allowed && !allowed.includes(ctx.method)) return answerWithoutRoute(ctx, allowed);
    return dispatch(ctx as Parameters<typeof dispatch>[0], () => {
      const layers = router.match(ctx.path, ctx.method).path;
      if (layers.length === 0) return next();
      return answerWithoutRoute(ctx, [...new Set(layers.flatMap(({ methods }) => methods))]);
    });
  }
  // OpenTelemetry's instrumentation finds the routes here and names spans after them.
  return Object.assign(route, { router });
}

async function answerWithoutRoute(ctx: Context, allowed: readonly string[]): Promise<void> {
  ctx.set('Allow', allowed.join(', '));
  if (ctx.method !== 'OPTIONS') {
    throw new AppError('method-not-allowed', `${ctx.path} does not answer ${ctx.method}`);
  }
  ctx.status = 200;
  ctx.body = '';
}
