import { z } from 'zod';

import { AppError } from './app-error.ts';

/**
 * The algorithm and the audience of an access token. The auth service issues it so, and every
 * verifier accepts nothing else.
 */
export const ACCESS_TOKEN = {
  algorithm: 'ES256',
  issuer: 'relay-auth',
  audience: 'relay',
} as const;

/** The claims of an access token that both services rely on. */
export interface AccessClaims {
  /** The user's id, in lower case. */
  sub: string;
  username: string;
  /** In seconds. */
  exp: number;
}

const headerSchema = z.object({
  alg: z.literal(ACCESS_TOKEN.algorithm),
  kid: z.string().min(1),
  // Extensions that must be understood (RFC 7515, section 4.1.11): none is.
  crit: z.undefined().optional(),
});

const claimsSchema = z.object({
  sub: z.uuid().toLowerCase(),
  username: z.string().min(1),
  exp: z.number(),
  iat: z.number().optional(),
});

/** RFC 7515, section 7.1: three parts in base64url, each with something in it. */
const BEARER = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i;

/**
 * The token of an `Authorization` header. Both services read it here, so that the libraries that
 * verify signatures cannot differ in what they tolerate.
 *
 * @throws AppError `unauthenticated` for any other header
 */
export function readBearerToken(authorization: string | undefined): string {
  const token = BEARER.exec(authorization ?? '')?.[1];
  if (token === undefined) throw invalidToken();
  return token;
}

/**
 * The id of the key that signed a token: always given, since a verifier that guessed would depend
 * on how many keys there are.
 *
 * @throws AppError `unauthenticated` for a header that an access token never has
 */
export function readTokenKeyId(header: unknown): string {
  return orRefuse(headerSchema.safeParse(header)).kid;
}

/**
 * The claims of a token whose signature, issuer, audience and times are verified.
 *
 * @throws AppError `unauthenticated` if one is missing or malformed
 */
export function readTokenClaims(claims: unknown): AccessClaims {
  const { sub, username, exp } = orRefuse(claimsSchema.safeParse(claims));
  return { sub, username, exp };
}

function orRefuse<T>(parsed: z.ZodSafeParseResult<T>): T {
  if (parsed.success) return parsed.data;
  throw invalidToken(parsed.error);
}

/** The same for the client, whatever is wrong with its token. */
export function invalidToken(cause?: unknown): AppError {
  return new AppError('unauthenticated', 'A valid Bearer token is needed', { cause });
}
