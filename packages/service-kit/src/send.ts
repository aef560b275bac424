import { createHash } from 'node:crypto';

import type { Context } from 'koa';

/**
 * Answers with JSON bytes as they are, under a strong ETag of theirs, or with 304 when the client
 * has them already (RFC 9110, section 13.1.2).
 */
export function sendJson(ctx: Context, json: Buffer): void {
  ctx.status = 200;
  ctx.set('ETag', `"${createHash('sha1').update(json).digest('base64url')}"`);
  if (ctx.fresh) {
    ctx.status = 304;
    return;
  }
  ctx.type = 'application/json';
  ctx.body = json;
}
