import type { Router, RouterContext } from '@koa/router';
import { jsonBody } from '@relay/service-kit/http/json-body';
import { parse } from '@relay/service-kit/http/parse';
import type { Middleware } from 'koa';
import { z } from 'zod';

import type { TokenHolder } from './access-token.ts';
import { clientOf } from './client.ts';
import { passwordChangeSchema, removalSchema, type OwnAccount } from './own-account.ts';

export const sessionPathSchema = z.object({ id: z.uuid('Not an id').toLowerCase() });

interface OwnAccountRoutesOptions {
  account: OwnAccount;
  bodyLimitBytes: number;
}

/** Adds the routes of the access token's own account. */
export function addOwnAccountRoutes(router: Router, options: OwnAccountRoutesOptions): void {
  const { account, bodyLimitBytes } = options;

  const authenticate: Middleware = async (ctx, next) => {
    ctx.state.holder = await account.authenticate(ctx.get('Authorization'));
    await next();
  };

  router.get('/api/auth/me', async (ctx) => {
    ctx.set('Cache-Control', 'private, no-store');
    ctx.body = await account.user(ctx.get('Authorization'));
  });

  // The password is not in a header, which proxies may log.
  const readBody = jsonBody({ limitBytes: bodyLimitBytes, methods: ['DELETE'] });
  router.delete('/api/auth/me', authenticate, readBody, async (ctx) => {
    const removal = parse(removalSchema, ctx.request.body, 'body');
    await account.remove(holderOf(ctx), removal, clientOf(ctx));
    ctx.status = 204;
  });

  router.put('/api/auth/me/password', authenticate, async (ctx) => {
    const change = parse(passwordChangeSchema, ctx.request.body, 'body');
    await account.changePassword(holderOf(ctx), change, clientOf(ctx));
    ctx.status = 204;
  });

  router.get('/api/auth/me/sessions', authenticate, async (ctx) => {
    ctx.set('Cache-Control', 'private, no-store');
    ctx.body = { sessions: await account.sessions(holderOf(ctx)) };
  });

  router.delete('/api/auth/me/sessions', authenticate, async (ctx) => {
    await account.endOtherSessions(holderOf(ctx));
    ctx.status = 204;
  });

  router.delete('/api/auth/me/sessions/:id', authenticate, async (ctx) => {
    const { id } = parse(sessionPathSchema, ctx.params, 'path');
    await account.endSession(holderOf(ctx), id);
    ctx.status = 204;
  });
}

function holderOf(ctx: RouterContext): TokenHolder {
  return ctx.state.holder as TokenHolder;
}
