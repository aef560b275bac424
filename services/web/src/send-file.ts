import type { Context } from 'koa';

import type { Coding, PageFile, Representation } from './page-files.ts';
import { PAGE_HEADERS } from './page-headers.ts';

/** Answers with a file in the best coding that the client accepts; with the status 200 also with 304. */
export function sendFile(
  ctx: Context,
  file: PageFile,
  { cacheControl, status = 200 }: { cacheControl: string; status?: 200 | 404 },
): void {
  const { coding, representation } = negotiate(ctx, file);
  ctx.vary('Accept-Encoding');
  ctx.set('Cache-Control', cacheControl);
  ctx.set(PAGE_HEADERS);
  ctx.etag = representation.etag;
  ctx.status = status;
  if (ctx.fresh) {
    ctx.status = 304;
    return;
  }
  ctx.type = file.extension;
  if (coding) ctx.set('Content-Encoding', coding);
  ctx.body = representation.bytes;
}

function negotiate(
  ctx: Context,
  file: PageFile,
): { coding?: string; representation: Representation } {
  const codings = [...file.coded.keys()];
  // Weights are the choice of the client. Without any, Koa would take the first of its list, which is seldom the smallest.
  const hasWeights = /;\s*q=/.test(ctx.get('Accept-Encoding'));
  for (const candidates of hasWeights ? [codings] : codings.map((coding) => [coding])) {
    const coding = ctx.acceptsEncodings(...candidates, 'identity');
    const representation = file.coded.get(coding as Coding);
    if (coding && representation) return { coding, representation };
  }
  return { representation: file.identity };
}
