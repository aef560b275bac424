import { hash } from 'node:crypto';

import { ACCESS_TOKEN, AppError } from '@relay/service-kit';
import type { Context, Middleware } from 'koa';
import jwt from 'koa-jwt';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';

import type { KeySet } from './key-set.ts';
import type { Author } from './post.ts';
import { idSchema } from './request.ts';

interface BearerOptions {
  keySet: KeySet;
  /** How many verified tokens are remembered. Default 10,000. */
  maxRemembered?: number;
}

interface Verified {
  viewer: Author;
  expiresAtSeconds: number;
  keySetVersion: number;
}

const claimsSchema = z.object({ sub: idSchema, username: z.string().min(1), exp: z.number() });

/**
 * Lets through who shows a valid access token, as `ctx.state.viewer`. A token that has been
 * verified is remembered, by its hash, until it expires or the keys change: checking a signature
 * takes longer than all the rest of a cached read.
 *
 * @throws AppError `unauthenticated`, or `unavailable` while there is no key to verify with
 */
export function bearer({ keySet, maxRemembered = 10_000 }: BearerOptions): Middleware {
  const remembered = new LRUCache<string, Verified>({ max: maxRemembered });
  const verify = jwt({
    secret: async (header: { kid?: string }) => (await keySet.find(header.kid)) ?? '',
    algorithms: [ACCESS_TOKEN.algorithm],
    issuer: ACCESS_TOKEN.issuer,
    audience: ACCESS_TOKEN.audience,
    key: 'claims',
  });

  return async function authenticate(ctx, next) {
    const digest = hash('sha256', ctx.get('Authorization'), 'base64');
    const known = remembered.get(digest);
    if (known && isStillGood(known, keySet)) {
      ctx.state.viewer = known.viewer;
      return next();
    }
    const keySetVersion = keySet.version;
    await verify(ctx, async () => undefined).catch(refuse);
    const { sub, username, exp } = readClaims(ctx);
    const viewer = { id: sub, username };
    // The keys may have come with this very token.
    if (keySetVersion === keySet.version) {
      remembered.set(digest, { viewer, expiresAtSeconds: exp, keySetVersion });
    }
    ctx.state.viewer = viewer;
    return next();
  };
}

function isStillGood({ expiresAtSeconds, keySetVersion }: Verified, keySet: KeySet): boolean {
  return keySetVersion === keySet.version && Date.now() < expiresAtSeconds * 1000;
}

function readClaims(ctx: Context): z.output<typeof claimsSchema> {
  const claims = claimsSchema.safeParse(ctx.state.claims);
  if (!claims.success) throw new AppError('unauthenticated', 'The token is not valid');
  return claims.data;
}

/** koa-jwt says 401 of everything; that there was no key to try is not the client's fault. */
function refuse(cause: unknown): never {
  const original = cause instanceof Error && 'originalError' in cause ? cause.originalError : cause;
  if (original instanceof AppError) throw original;
  throw new AppError('unauthenticated', 'A valid Bearer token is needed', { cause });
}
