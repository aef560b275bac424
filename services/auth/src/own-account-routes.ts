import type { Router } from '@koa/router';
import { parse } from '@relay/service-kit/http/parse';
import { z } from 'zod';

import { clientOf } from './client.ts';
import { passwordChangeSchema, type OwnAccount } from './own-account.ts';

export const sessionPathSchema = z.object({ id: z.uuid('Not an id').toLowerCase() });

/** Adds the routes of the access token's own account. */
export function addOwnAccountRoutes(router: Router, account: OwnAccount): void {
  router.get('/api/auth/me', async (ctx) => {
    ctx.set('Cache-Control', 'private, no-store');
    ctx.body = await account.user(ctx.get('Authorization'));
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
