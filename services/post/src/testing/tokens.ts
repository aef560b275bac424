import { randomUUID, type webcrypto } from 'node:crypto';

import { ACCESS_TOKEN } from '@relay/access-token';
import { exportJWK, generateKeyPair, SignJWT, type JWK, type JWTPayload } from 'jose';

import type { Author } from '../post.ts';

/** Signs access tokens like the auth service, with a generated key pair. */
export interface Signer {
  kid: string;
  /** The public key for a JWKS. */
  jwk: JWK;
  /** Signs a token with a lifetime of an hour. `claims` override its claims; `undefined` omits one. */
  sign(author: Author, claims?: JWTPayload): Promise<string>;
  privateKey: webcrypto.CryptoKey;
}

export async function createSigner(kid: string = randomUUID()): Promise<Signer> {
  const { algorithm, issuer, audience } = ACCESS_TOKEN;
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  return {
    kid,
    privateKey,
    jwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' },
    sign({ id, username }, claims = {}) {
      const now = Math.floor(Date.now() / 1000);
      const standard = { username, sub: id, iss: issuer, aud: audience, iat: now, exp: now + 3600 };
      return new SignJWT({ ...standard, ...claims })
        .setProtectedHeader({ alg: algorithm, kid, typ: 'JWT' })
        .sign(privateKey);
    },
  };
}

/** Creates an author with a new id. */
export function newAuthor(username = 'ann'): Author {
  return { id: randomUUID(), username };
}
