import { randomUUID, type webcrypto } from 'node:crypto';

import { ACCESS_TOKEN } from '@relay/service-kit/http/token';
import { exportJWK, generateKeyPair, SignJWT, type JWK, type JWTPayload } from 'jose';

import type { Author } from '../post.ts';

/** Signs as the auth service does, with a key pair of its own. */
export interface Signer {
  kid: string;
  /** The public half, as a JWKS lists it. */
  jwk: JWK;
  /** A token that is good for an hour; `claims` replace its claims, `undefined` leaves one out. */
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

/** Someone nobody else is. */
export function newAuthor(username = 'ann'): Author {
  return { id: randomUUID(), username };
}
