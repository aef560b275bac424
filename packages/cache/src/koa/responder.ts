import { hash } from 'node:crypto';

import type { Outcome } from '../observe/events.ts';

/** The part of Koa's context that the responder uses. */
export interface ResponseContext {
  status: number;
  body: unknown;
  get(header: string): string;
  set(header: string, value: string): void;
}

/** A `CacheRead`, or bytes that were loaded without the cache. */
export interface Answer {
  bytes: Buffer;
  outcome: Outcome | 'uncached';
}

export interface CacheResponderOptions {
  /** Default `application/json; charset=utf-8`. */
  contentType?: string;
  /** Default `private, no-cache`: clients keep the bytes, and revalidate them each time. */
  cacheControl?: string;
}

/** Sends an answer. `tookMs`: how long the read took, for `Server-Timing`. */
export type CacheResponder = (ctx: ResponseContext, answer: Answer, tookMs?: number) => void;

/**
 * Makes a function that sends cached bytes as they are: a strong ETag with 304 for a client that has
 * them (RFC 9110, section 13.1.2), `X-Cache`, `Server-Timing` (W3C) and `Cache-Control`. It remembers
 * the last bytes and their ETag, because comparing takes a tenth of the time of hashing; so make one
 * responder for each route. Bytes that mean absence are the caller's to notice.
 *
 * @example
 * const respond = createCacheResponder();
 * router.get('/posts', async (ctx) => {
 *   const startedAt = performance.now();
 *   const read = await cache.getBytes(keys.all());
 *   respond(ctx, read, performance.now() - startedAt);
 * });
 */
export function createCacheResponder(options: CacheResponderOptions = {}): CacheResponder {
  const { contentType = 'application/json; charset=utf-8', cacheControl = 'private, no-cache' } =
    options;
  const etagOf = createEtags();
  return function respond(ctx, { bytes, outcome }, tookMs) {
    setCacheHeaders(ctx, outcome, tookMs);
    const etag = etagOf(bytes);
    ctx.set('Cache-Control', cacheControl);
    ctx.set('ETag', etag);
    if (isKnown(etag, ctx.get('If-None-Match'))) {
      ctx.status = 304;
      return;
    }
    ctx.status = 200;
    ctx.set('Content-Type', contentType);
    ctx.body = bytes;
  };
}

/** `X-Cache` and `Server-Timing` alone, for an answer of another form: a 404 for an absent entry. */
export function setCacheHeaders(
  ctx: Pick<ResponseContext, 'set'>,
  outcome: Answer['outcome'],
  tookMs?: number,
): void {
  const label = LABELS[outcome];
  ctx.set('X-Cache', label);
  if (tookMs !== undefined)
    ctx.set('Server-Timing', `cache;desc=${label};dur=${tookMs.toFixed(2)}`);
}

const LABELS = {
  hit: 'HIT',
  miss: 'MISS',
  stale: 'STALE',
  fallback: 'FALLBACK',
  uncached: 'UNCACHED',
} as const satisfies Record<Answer['outcome'], string>;

function createEtags(): (bytes: Buffer) => string {
  let lastBytes: Buffer | undefined;
  let lastEtag = '';
  return (bytes) => {
    if (bytes === lastBytes) return lastEtag;
    if (!lastBytes?.equals(bytes)) lastEtag = `"${hash('sha1', bytes, 'base64url')}"`;
    lastBytes = bytes;
    return lastEtag;
  };
}

/**
 * Weak comparison. Not Koa's `ctx.fresh`, which reads `Cache-Control: no-cache` as a request for the
 * whole body: `fetch` adds that header to every `If-None-Match` of its caller.
 */
function isKnown(etag: string, ifNoneMatch: string): boolean {
  if (ifNoneMatch === '') return false;
  if (ifNoneMatch === etag) return true;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.some((tag) => tag === etag || tag === '*');
}
