import { ACCESS_TOKEN, AppError } from '@relay/service-kit';
import { createLocalJWKSet, jwtVerify, SignJWT } from 'jose';

import type { SigningKeys } from './signing-keys.ts';
import type { User } from './user.ts';

/** Signs access tokens and recognises its own. */
export interface AccessTokens {
  issue(user: Pick<User, 'id' | 'username'>): Promise<{ token: string; expiresIn: number }>;
  /**
   * The id of the user for whom a token was issued.
   *
   * @throws AppError `unauthenticated`
   */
  verify(authorization: string | undefined): Promise<string>;
}

interface AccessTokenOptions {
  keys: SigningKeys;
  lifeSeconds: number;
  clock: () => Date;
}

export function createAccessTokens({ keys, lifeSeconds, clock }: AccessTokenOptions): AccessTokens {
  const { current, jwks } = keys;
  const { algorithm, issuer, audience } = ACCESS_TOKEN;
  const keySet = createLocalJWKSet(jwks);
  return {
    async issue({ id, username }) {
      const now = Math.floor(clock().getTime() / 1000);
      const token = await new SignJWT({ username })
        .setProtectedHeader({ alg: algorithm, kid: current.kid, typ: 'JWT' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(id)
        .setIssuedAt(now)
        .setExpirationTime(now + lifeSeconds)
        .sign(current.privateKey);
      return { token, expiresIn: lifeSeconds };
    },
    async verify(authorization) {
      const [, token] = /^Bearer (\S+)$/i.exec(authorization ?? '') ?? [];
      if (!token) throw new AppError('unauthenticated', 'Send a Bearer token');
      const options = { algorithms: [algorithm], issuer, audience, currentDate: clock() };
      const verified = await jwtVerify(token, keySet, options).catch((cause: unknown) => {
        throw new AppError('unauthenticated', 'The token is not valid', { cause });
      });
      return verified.payload.sub!;
    },
  };
}
