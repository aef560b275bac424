import { hash } from 'node:crypto';
import type { Socket } from 'node:net';

import {
  ACCESS_TOKEN,
  invalidToken,
  readBearerToken,
  readTokenClaims,
  readTokenKeyId,
} from '@relay/access-token';
import { AppError } from '@relay/service-kit/http/app-error';
import type { Middleware } from 'koa';
import jwt from 'koa-jwt';
import { LRUCache } from 'lru-cache';

import type { KeySet } from './key-set.ts';
import type { Author } from './post.ts';

interface BearerOptions {
  keySet: KeySet;
  /** Maximum number of verified tokens in memory. Default 10,000. */
  maxVerifiedTokens?: number;
}

interface Verified {
  viewer: Author;
  expiresAtSeconds: number;
  keySetVersion: number;
}

/**
 * Authenticates requests by their access token and sets `ctx.state.viewer`. Verified tokens are cached by
 * their hash until they expire or the keys change: verifying a signature takes longer than the rest of a
 * cached read. The last header of each open connection is cached unhashed, since a client repeats it with
 * each request and comparing is much faster than hashing; it is released with the connection.
 *
 * @throws AppError `unauthenticated`, or `unavailable` without a key set
 */
export function bearer({ keySet, maxVerifiedTokens = 10_000 }: BearerOptions): Middleware {
  const verifiedTokens = new LRUCache<string, Verified>({ max: maxVerifiedTokens });
  const lastOf = new WeakMap<Socket, { header: string; verified: Verified }>();
  // jsonwebtoken accepts a KeyObject, which the types of koa-jwt lack.
  const findKey = async (header: unknown) => keySet.find(readTokenKeyId(header));
  const verify = jwt({
    secret: findKey as unknown as jwt.SecretLoader,
    algorithms: [ACCESS_TOKEN.algorithm],
    issuer: ACCESS_TOKEN.issuer,
    audience: ACCESS_TOKEN.audience,
    key: 'claims',
  });

  function recall(socket: Socket, header: string): Verified | undefined {
    const last = lastOf.get(socket);
    if (last?.header === header) return last.verified;
    const verified = verifiedTokens.get(digestOf(header));
    if (verified) lastOf.set(socket, { header, verified });
    return verified;
  }

  return async function authenticate(ctx, next) {
    const { socket, headers } = ctx.req;
    const header = headers.authorization ?? '';
    const known = recall(socket, header);
    if (known && isStillValid(known, keySet)) {
      ctx.state.viewer = known.viewer;
      return next();
    }
    const keySetVersion = keySet.version;
    readBearerToken(header);
    await verify(ctx, async () => undefined).catch(rethrow);
    const { sub, username, exp } = readTokenClaims(ctx.state.claims);
    const viewer = { id: sub, username };
    // If the verification has changed the key set, do not cache its result.
    if (keySetVersion === keySet.version) {
      verifiedTokens.set(digestOf(header), { viewer, expiresAtSeconds: exp, keySetVersion });
      lastOf.delete(socket);
    }
    ctx.state.viewer = viewer;
    return next();
  };
}

function digestOf(header: string): string {
  return hash('sha256', header, 'base64');
}

function isStillValid({ expiresAtSeconds, keySetVersion }: Verified, keySet: KeySet): boolean {
  return keySetVersion === keySet.version && Date.now() < expiresAtSeconds * 1000;
}

/** koa-jwt turns every error into a 401; rethrows the original AppError, such as a missing key set. */
function rethrow(cause: unknown): never {
  const original = cause instanceof Error && 'originalError' in cause ? cause.originalError : cause;
  if (original instanceof AppError) throw original;
  throw invalidToken(cause);
}
