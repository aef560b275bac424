import { hash } from 'node:crypto';
import type { Socket } from 'node:net';

import { AppError } from '@relay/service-kit/http/app-error';
import {
  ACCESS_TOKEN,
  invalidToken,
  readBearerToken,
  readTokenClaims,
  readTokenKeyId,
} from '@relay/service-kit/http/token';
import type { Middleware } from 'koa';
import jwt from 'koa-jwt';
import { LRUCache } from 'lru-cache';

import type { KeySet } from './key-set.ts';
import type { Author } from './post.ts';

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

/**
 * Lets through who shows a valid access token, as `ctx.state.viewer`. A token that has been
 * verified is remembered, by its hash, until it expires or the keys change: checking a signature
 * takes longer than all the rest of a cached read. The last header of each open connection is
 * remembered as it is, since a client sends the same one with every request: comparing takes a
 * fraction of hashing, and the header goes with its connection.
 *
 * @throws AppError `unauthenticated`, or `unavailable` while there is no key to verify with
 */
export function bearer({ keySet, maxRemembered = 10_000 }: BearerOptions): Middleware {
  const remembered = new LRUCache<string, Verified>({ max: maxRemembered });
  const lastOf = new WeakMap<Socket, { header: string; verified: Verified }>();
  // jsonwebtoken takes a KeyObject; koa-jwt's types do not say so.
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
    const verified = remembered.get(digestOf(header));
    if (verified) lastOf.set(socket, { header, verified });
    return verified;
  }

  return async function authenticate(ctx, next) {
    const { socket, headers } = ctx.req;
    const header = headers.authorization ?? '';
    const known = recall(socket, header);
    if (known && isStillGood(known, keySet)) {
      ctx.state.viewer = known.viewer;
      return next();
    }
    const keySetVersion = keySet.version;
    readBearerToken(header);
    await verify(ctx, async () => undefined).catch(refuse);
    const { sub, username, exp } = readTokenClaims(ctx.state.claims);
    const viewer = { id: sub, username };
    // The keys may have come with this very token.
    if (keySetVersion === keySet.version) {
      remembered.set(digestOf(header), { viewer, expiresAtSeconds: exp, keySetVersion });
      lastOf.delete(socket);
    }
    ctx.state.viewer = viewer;
    return next();
  };
}

function digestOf(header: string): string {
  return hash('sha256', header, 'base64');
}

function isStillGood({ expiresAtSeconds, keySetVersion }: Verified, keySet: KeySet): boolean {
  return keySetVersion === keySet.version && Date.now() < expiresAtSeconds * 1000;
}

/** koa-jwt answers 401 to everything; a missing key set is not the client's fault. */
function refuse(cause: unknown): never {
  const original = cause instanceof Error && 'originalError' in cause ? cause.originalError : cause;
  if (original instanceof AppError) throw original;
  throw invalidToken(cause);
}
