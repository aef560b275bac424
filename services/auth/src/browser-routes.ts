import type { Router } from '@koa/router';
import { AppError } from '@relay/service-kit/http/app-error';
import { parse } from '@relay/service-kit/http/parse';
import { sameOrigin } from '@relay/service-kit/http/same-origin';
import type { Context } from 'koa';

import type { Accounts, IssuedTokens } from './accounts.ts';
import { clientOf } from './client.ts';
import { BROWSER_PATH, type RefreshCookie } from './refresh-cookie.ts';
import { loginSchema } from './user.ts';

interface BrowserRoutesOptions {
  accounts: Accounts;
  refreshCookie: RefreshCookie;
}

/** Adds login, refresh and logout for pages: the refresh token is in a cookie instead of the body. */
export function addBrowserRoutes(router: Router, options: BrowserRoutesOptions): void {
  const { accounts, refreshCookie } = options;

  function respond(ctx: Context, { tokens, sessionExpiresAt }: IssuedTokens): void {
    const { refreshToken, ...accessToken } = tokens;
    refreshCookie.write(ctx, refreshToken, sessionExpiresAt);
    ctx.body = accessToken;
  }

  router.post(`${BROWSER_PATH}/login`, sameOrigin(), async (ctx) => {
    const login = parse(loginSchema, ctx.request.body, 'body');
    ctx.set('Cache-Control', 'no-store');
    respond(ctx, await accounts.logIn(login, clientOf(ctx)));
  });

  router.post(`${BROWSER_PATH}/refresh`, sameOrigin(), async (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    try {
      const presented = refreshCookie.read(ctx);
      if (presented === undefined) throw new AppError('unauthenticated', 'There is no session');
      respond(ctx, await accounts.refresh(presented, { address: ctx.ip }));
    } catch (error) {
      const isOver = error instanceof AppError && error.code === 'unauthenticated';
      if (isOver) refreshCookie.delete(ctx);
      throw error;
    }
  });

  router.post(`${BROWSER_PATH}/logout`, sameOrigin(), async (ctx) => {
    const presented = refreshCookie.read(ctx);
    if (presented !== undefined) await accounts.logOut(presented);
    refreshCookie.delete(ctx);
    ctx.status = 204;
  });
}
