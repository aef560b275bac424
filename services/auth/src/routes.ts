import { Router } from '@koa/router';
import { parse } from '@relay/service-kit/http/parse';
import { healthHandler } from '@relay/service-kit/service/admin';
import type { HealthDetails } from '@relay/service-kit/service/health';
import type { JSONWebKeySet } from 'jose';

import type { Accounts } from './accounts.ts';
import { clientOf } from './client.ts';
import { authOpenApi } from './openapi.ts';
import { refreshSchema } from './session.ts';
import { loginSchema, registrationSchema } from './user.ts';

interface RoutesOptions {
  accounts: Accounts;
  jwks: JSONWebKeySet;
  health: () => Promise<HealthDetails>;
}

/** The HTTP routes of the auth service. */
export function createRoutes({ accounts, jwks, health }: RoutesOptions): Router {
  const router = new Router();

  router.post('/api/auth/users', async (ctx) => {
    const registration = parse(registrationSchema, ctx.request.body, 'body');
    ctx.body = await accounts.register(registration, clientOf(ctx));
    ctx.status = 201;
  });

  router.post('/api/auth/login', async (ctx) => {
    const login = parse(loginSchema, ctx.request.body, 'body');
    ctx.set('Cache-Control', 'no-store');
    ctx.body = await accounts.logIn(login, clientOf(ctx));
  });

  router.post('/api/auth/refresh', async (ctx) => {
    const { refreshToken } = parse(refreshSchema, ctx.request.body, 'body');
    ctx.set('Cache-Control', 'no-store');
    ctx.body = await accounts.refresh(refreshToken, { address: ctx.ip });
  });

  router.post('/api/auth/logout', async (ctx) => {
    const { refreshToken } = parse(refreshSchema, ctx.request.body, 'body');
    await accounts.logOut(refreshToken);
    ctx.status = 204;
  });

  router.get('/api/auth/me', async (ctx) => {
    ctx.set('Cache-Control', 'private, no-store');
    ctx.body = await accounts.currentUser(ctx.get('Authorization'));
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
