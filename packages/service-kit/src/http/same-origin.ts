import type { Context, Middleware } from 'koa';

import { AppError } from './app-error.ts';

/**
 * Rejects requests of other origins: protects routes that a cookie authenticates against cross-site request
 * forgery. Trusts `Sec-Fetch-Site`, which no page can set (W3C Fetch Metadata). Without it, as in old browsers
 * and over plain HTTP, `Origin` must have the request's host. Go's `http.CrossOriginProtection` works the same
 * way, but accepts requests with neither header; here every caller is a browser.
 *
 * A proxy in front must pass `Host` on unchanged.
 *
 * @throws AppError `forbidden`
 * @example
 * router.post('/api/auth/browser/logout', sameOrigin(), handler);
 */
export function sameOrigin(): Middleware {
  return function requireSameOrigin(ctx, next) {
    if (!isSameOrigin(ctx)) {
      throw new AppError('forbidden', 'Only pages of the same origin may send this request');
    }
    return next();
  };
}

function isSameOrigin(ctx: Context): boolean {
  const site = ctx.get('Sec-Fetch-Site');
  // `none`: the user sent it, not a page.
  if (site !== '') return site === 'same-origin' || site === 'none';
  const host = ctx.get('Host').toLowerCase();
  return host !== '' && URL.parse(ctx.get('Origin'))?.host === host;
}
