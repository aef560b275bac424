import { hash } from 'node:crypto';

import type { Context } from 'koa';

/**
 * Answers with JSON bytes as they are, under a strong ETag of theirs, or with 304 when the client
 * has them already (RFC 9110, section 13.1.2).
 */
export function sendJson(ctx: Context, json: Buffer): void {
  const etag = `"${hash('sha1', json, 'base64url')}"`;
  ctx.status = 200;
  ctx.set('ETag', etag);
  if (isKnown(etag, ctx.get('If-None-Match'))) {
    ctx.status = 304;
    return;
  }
  ctx.type = 'application/json';
  ctx.body = json;
}

/**
 * Weak comparison. Not koa's `ctx.fresh`, which takes `Cache-Control: no-cache` for a wish for the
 * whole body: fetch sends that along with every `If-None-Match` of its user's.
 */
function isKnown(etag: string, ifNoneMatch: string): boolean {
  if (ifNoneMatch === '') return false;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.some((tag) => tag === etag || tag === '*');
}
