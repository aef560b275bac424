import { Router } from '@koa/router';
import { parse } from '@relay/service-kit/http/parse';
import { healthHandler } from '@relay/service-kit/service/admin';
import type { HealthDetails } from '@relay/service-kit/service/health';
import type { JSONWebKeySet } from 'jose';

import type { Accounts } from './accounts.ts';
import { addBrowserRoutes } from './browser-routes.ts';
import { clientOf } from './client.ts';
import { authOpenApi } from './openapi.ts';
import { addOwnAccountRoutes } from './own-account-routes.ts';
import type { OwnAccount } from './own-account.ts';
import type { RefreshCookie } from './refresh-cookie.ts';
import { removedUsersQuerySchema, type RemovedUsers } from './removed-users.ts';
import { refreshSchema } from './session.ts';
import { loginSchema, registrationSchema } from './user.ts';

interface RoutesOptions {
  accounts: Accounts;
  ownAccount: OwnAccount;
  removedUsers: Pick<RemovedUsers, 'list'>;
  refreshCookie: RefreshCookie;
  jwks: JSONWebKeySet;
  bodyLimitBytes: number;
  health: () => Promise<HealthDetails>;
}

/** The HTTP routes of the auth service. */
export function createRoutes(options: RoutesOptions): Router {
  const { accounts, ownAccount, removedUsers, refreshCookie, jwks, health } = options;
  const { bodyLimitBytes } = options;
  const router = new Router();
  addBrowserRoutes(router, { accounts, refreshCookie });
  addOwnAccountRoutes(router, { account: ownAccount, bodyLimitBytes });

  router.post('/api/auth/users', async (ctx) => {
    const registration = parse(registrationSchema, ctx.request.body, 'body');
    ctx.body = await accounts.register(registration, clientOf(ctx));
    ctx.status = 201;
  });

  router.post('/api/auth/login', async (ctx) => {
    const login = parse(loginSchema, ctx.request.body, 'body');
    ctx.set('Cache-Control', 'no-store');
    const { tokens } = await accounts.logIn(login, clientOf(ctx));
    ctx.body = tokens;
  });

  router.post('/api/auth/refresh', async (ctx) => {
    const { refreshToken } = parse(refreshSchema, ctx.request.body, 'body');
    ctx.set('Cache-Control', 'no-store');
    const { tokens } = await accounts.refresh(refreshToken, { address: ctx.ip });
    ctx.body = tokens;
  });

  router.post('/api/auth/logout', async (ctx) => {
    const { refreshToken } = parse(refreshSchema, ctx.request.body, 'body');
    await accounts.logOut(refreshToken);
    ctx.status = 204;
  });

  router.get('/api/auth/removed-users', async (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    ctx.body = await removedUsers.list(parse(removedUsersQuerySchema, ctx.query, 'query'));
  });

  router.get('/api/auth/.well-known/jwks.json', (ctx) => {
    ctx.set('Cache-Control', 'public, max-age=60');
    ctx.body = jwks;
  });

  router.get('/api/auth/openapi.json', (ctx) => {
    ctx.body = authOpenApi;
  });

  router.get(['/health', '/api/auth/health'], healthHandler(health));

  return router;
}
