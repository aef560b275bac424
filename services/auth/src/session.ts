import { createHash, randomBytes } from 'node:crypto';

import { z } from 'zod';

import type { User } from './user.ts';

/**
 * What came of presenting a refresh token. `reused`: it had been used before, so someone else may
 * hold its family, and all of it has been revoked (RFC 9700, section 4.14.2).
 */
export type Rotation =
  | { status: 'rotated'; user: User }
  | { status: 'reused'; userId: string }
  | { status: 'unknown' };

interface NewSession {
  id: string;
  userId: string;
  tokenHash: Buffer;
  now: Date;
  /** Its last moment, however often it is used until then. */
  expiresAt: Date;
}

/**
 * Keeps sessions: families of refresh tokens, each used once and followed by the next. Only
 * hashes of tokens are kept.
 */
export interface SessionStore {
  /** Begins a family. Forgets those of the same user that have expired. */
  begin(session: NewSession): Promise<void>;
  /** Marks one token used and puts the next in its place, or revokes its family. */
  rotate(tokens: { usedHash: Buffer; nextHash: Buffer; now: Date }): Promise<Rotation>;
  /** Revokes the family of a token. A token that is not known is no error. */
  revoke(tokenHash: Buffer, now: Date): Promise<void>;
}

/** 256 random bits: nothing to guess, so a plain hash of it is enough to keep. */
export function newRefreshToken(): string {
  return randomBytes(32).toString('base64url');
}

export function hashRefreshToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

export const refreshSchema = z.strictObject({
  refreshToken: z.string().min(1, 'Must not be empty').max(256, 'At most 256 characters'),
});

/** What a login or a refresh answers. */
export const grantSchema = z.strictObject({
  token: z.string(),
  expiresIn: z.int(),
  refreshToken: z.string(),
});
