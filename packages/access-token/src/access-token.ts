import { AppError } from '@relay/service-kit/http/app-error';
import { z } from 'zod';

/** The fixed properties of access tokens. The auth service issues, and every verifier accepts, only these. */
export const ACCESS_TOKEN = {
  algorithm: 'ES256',
  issuer: 'relay-auth',
  audience: 'relay',
} as const;

/** The claims that both services use. */
export interface AccessClaims {
  /** The user's id, in lower case. */
  sub: string;
  username: string;
  /** In seconds. */
  exp: number;
  /** The session's id; tokens of earlier versions have none. */
  sid?: string | undefined;
}

const headerSchema = z.object({
  alg: z.literal(ACCESS_TOKEN.algorithm),
  kid: z.string().min(1),
  // Critical extensions (RFC 7515, section 4.1.11) are not supported.
  crit: z.undefined().optional(),
});

const claimsSchema = z.object({
  sub: z.uuid().toLowerCase(),
  username: z.string().min(1),
  exp: z.number(),
  iat: z.number().optional(),
  sid: z.uuid().toLowerCase().optional(),
});

/** RFC 7515, section 7.1: three non-empty parts in base64url. */
const BEARER = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i;

/**
 * Parses an `Authorization` header and returns its token. Both services parse it here, since the libraries
 * that verify signatures differ in their tolerance.
 *
 * @throws AppError `unauthenticated` for a missing or malformed header
 */
export function readBearerToken(authorization: string | undefined): string {
  const token = BEARER.exec(authorization ?? '')?.[1];
  if (token === undefined) throw invalidToken();
  return token;
}

/**
 * Validates the header of a token and returns its key id. The id is required: without it, verification would
 * depend on the number of keys.
 *
 * @throws AppError `unauthenticated` for an invalid header
 */
export function readTokenKeyId(header: unknown): string {
  return parseOrReject(headerSchema, header).kid;
}

/**
 * Validates the claims of a token after its signature, issuer, audience and times have been verified.
 *
 * @throws AppError `unauthenticated` for a missing or malformed claim
 */
export function readTokenClaims(claims: unknown): AccessClaims {
  const { sub, username, exp, sid } = parseOrReject(claimsSchema, claims);
  return { sub, username, exp, sid };
}

function parseOrReject<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw invalidToken(parsed.error);
}

/** The error for every invalid token: the client learns no reason. */
export function invalidToken(cause?: unknown): AppError {
  return new AppError('unauthenticated', 'A valid Bearer token is required', { cause });
}
