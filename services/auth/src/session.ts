import { createHash, hkdfSync, randomBytes } from 'node:crypto';

import { z } from 'zod';

import type { User } from './user.ts';

/**
 * The result of presenting a refresh token. `rotated`: now, or within the reuse interval; `salt`
 * derives its successor from it. `reused`: it had been used before that interval, so someone else may
 * hold its family, and all of it has been revoked (RFC 9700, section 4.14.2).
 */
export type Rotation =
  | { status: 'rotated'; user: User; salt: Buffer }
  | { status: 'reused'; userId: string }
  | { status: 'unknown' };

interface NewSession {
  id: string;
  userId: string;
  tokenHash: Buffer;
  /** Its last moment, however often it is used until then. */
  expiresAt: Date;
}

export interface PresentedToken {
  usedHash: Buffer;
  /** The salt of its successor, and the successor's hash, should it not have one yet. */
  salt: Buffer;
  nextHash: Buffer;
  now: Date;
  /** A token that was first used after this moment gets the same successor again. Null: none. */
  reusableSince: Date | null;
}

/**
 * Keeps sessions: families of refresh tokens, each followed by the next. Only hashes of tokens are
 * kept.
 */
export interface SessionStore {
  /** Begins a family. */
  begin(session: NewSession): Promise<void>;
  /**
   * Marks one token used and puts the next in its place; or finds the successor that it has
   * already; or revokes its family.
   */
  rotate(token: PresentedToken): Promise<Rotation>;
  /** Revokes the family of a token. A token that is not known is no error. */
  revoke(tokenHash: Buffer, now: Date): Promise<void>;
}

/** 256 random bits: nothing to guess, so a plain hash of it is enough to keep. */
export function newRefreshToken(): string {
  return randomBytes(32).toString('base64url');
}

export function newSalt(): Buffer {
  return randomBytes(32);
}

/**
 * The token that follows `token`: the same for the same salt, so that nothing but the salt has to be
 * kept to give it out twice. It cannot be derived from either alone (HKDF, RFC 5869).
 */
export function successorOf(token: string, salt: Buffer): string {
  const bytes = hkdfSync('sha256', token, salt, 'relay refresh token successor', 32);
  return Buffer.from(bytes).toString('base64url');
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
