import type { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';

import { AppError } from './app-error.ts';

/** The methods of each path that has no parameter. */
export function methodsOfExactPaths(router: Router): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, string[]>();
  for (const layer of router.stack) {
    if (typeof layer.path !== 'string' || /[:*{]/.test(layer.path)) continue;
    methods.set(layer.path, [...(methods.get(layer.path) ?? []), ...layer.methods]);
  }
  return methods;
}

/**
 * Runs the route of a request. A path without a parameter matches only itself, as OpenAPI has it:
 * `DELETE /posts/top` is not for `/posts/:id`.
 *
 * What no route takes: OPTIONS is answered with the methods of its path, any other method with 405.
 * An unknown method is no 501, as RFC 9110, 9.1, would have it: the client alone chooses it, and a 5xx
 * spends the error budget. A path that is not there falls through to the 404.
 */
export function routing(router: Router): Middleware {
  const dispatch = router.routes();
  const exact = methodsOfExactPaths(router);

  function route(...[ctx, next]: Parameters<Middleware>) {
    const allowed = exact.get(ctx.path);
    if (allowed && !allowed.includes(ctx.method)) return answerOther(ctx, allowed);
    return dispatch(ctx as Parameters<typeof dispatch>[0], () => {
      const layers = router.match(ctx.path, ctx.method).path;
      if (layers.length === 0) return next();
      return answerOther(ctx, [...new Set(layers.flatMap(({ methods }) => methods))]);
    });
  }
  // OpenTelemetry looks here for the routes, to name spans after them.
  return Object.assign(route, { router });
}

async function answerOther(ctx: Context, allowed: readonly string[]): Promise<void> {
  ctx.set('Allow', allowed.join(', '));
  if (ctx.method !== 'OPTIONS') {
    throw new AppError('method-not-allowed', `${ctx.path} does not answer ${ctx.method}`);
  }
  ctx.status = 200;
  ctx.body = '';
}
