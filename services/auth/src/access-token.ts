import {
  ACCESS_TOKEN,
  invalidToken,
  readBearerToken,
  readTokenClaims,
  readTokenKeyId,
} from '@relay/access-token';
import { createLocalJWKSet, jwtVerify, SignJWT, type JWTVerifyGetKey } from 'jose';

import type { SigningKeys } from './signing-keys.ts';
import type { User } from './user.ts';

/** The user and the session of an access token. Tokens of earlier versions have no session. */
export interface TokenHolder {
  userId: string;
  sessionId: string | undefined;
}

/** Signs access tokens and verifies its own. */
export interface AccessTokens {
  issue(
    user: Pick<User, 'id' | 'username'>,
    sessionId: string,
  ): Promise<{ token: string; expiresIn: number }>;
  /**
   * Verifies the token of an `Authorization` header.
   *
   * @throws AppError `unauthenticated`
   */
  verify(authorization: string | undefined): Promise<TokenHolder>;
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
  const findKey: JWTVerifyGetKey = async (header, token) => {
    readTokenKeyId(header);
    return keySet(header, token);
  };
  return {
    async issue({ id, username }, sessionId) {
      const now = Math.floor(clock().getTime() / 1000);
      const token = await new SignJWT({ username, sid: sessionId })
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
      const token = readBearerToken(authorization);
      const options = { algorithms: [algorithm], issuer, audience, currentDate: clock() };
      const verified = await jwtVerify(token, findKey, options).catch((cause: unknown) => {
        throw invalidToken(cause);
      });
      const { sub, sid } = readTokenClaims(verified.payload);
      return { userId: sub, sessionId: sid };
    },
  };
}
