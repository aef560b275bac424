import type { Router } from '@koa/router';
import { jsonBody } from '@relay/service-kit/http/json-body';
import { parse } from '@relay/service-kit/http/parse';
import { z } from 'zod';

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

  router.get('/api/auth/me', async (ctx) => {
    ctx.set('Cache-Control', 'private, no-store');
    ctx.body = await account.user(ctx.get('Authorization'));
  });

  // The password is not in a header, which proxies may log.
  const readBody = jsonBody({ limitBytes: bodyLimitBytes, methods: ['DELETE'] });
  router.delete('/api/auth/me', readBody, async (ctx) => {
    const removal = parse(removalSchema, ctx.request.body, 'body');
    await account.remove(ctx.get('Authorization'), removal, clientOf(ctx));
    ctx.status = 204;
  });

  router.put('/api/auth/me/password', async (ctx) => {
    const change = parse(passwordChangeSchema, ctx.request.body, 'body');
    await account.changePassword(ctx.get('Authorization'), change, clientOf(ctx));
    ctx.status = 204;
  });

  router.get('/api/auth/me/sessions', async (ctx) => {
    ctx.set('Cache-Control', 'private, no-store');
    ctx.body = { sessions: await account.sessions(ctx.get('Authorization')) };
  });

  router.delete('/api/auth/me/sessions', async (ctx) => {
    await account.endOtherSessions(ctx.get('Authorization'));
    ctx.status = 204;
  });

  router.delete('/api/auth/me/sessions/:id', async (ctx) => {
    const { id } = parse(sessionPathSchema, ctx.params, 'path');
    await account.endSession(ctx.get('Authorization'), id);
    ctx.status = 204;
  });
}
