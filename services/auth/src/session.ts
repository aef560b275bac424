import { createHash, hkdfSync, randomBytes } from 'node:crypto';

import { z } from 'zod';

import type { TokenHolder } from './access-token.ts';
import type { User } from './user.ts';

/**
 * The result of a rotation. `rotated`: the token was unused, or may be used again; `salt` derives its
 * successor. `reused`: the reuse interval has passed and the successor has been used, so the token may be
 * stolen, and its family has been revoked (RFC 9700, section 4.14.2).
 */
export type Rotation =
  | { status: 'rotated'; user: User; sessionId: string; sessionExpiresAt: Date; salt: Buffer }
  | { status: 'reused'; userId: string }
  | { status: 'unknown' };

interface NewSession {
  id: string;
  userId: string;
  /** The hash that the login was verified against. */
  passwordHash: string;
  tokenHash: Buffer;
  createdAt: Date;
  /** Fixed at the login: a refresh does not extend it. */
  expiresAt: Date;
  /** At most 200 characters. */
  userAgent: string | null;
}

/** A session that is neither revoked nor expired. */
export interface ActiveSession {
  id: string;
  createdAt: Date;
  /** The last refresh, or the login. */
  lastUsedAt: Date;
  expiresAt: Date;
  userAgent: string | null;
}

/** A session by its id, if it is one of this user's. */
interface SessionOfUser {
  userId: string;
  sessionId: string;
}

export interface PresentedToken {
  usedHash: Buffer;
  /** The salt of the successor, for a token that has none. */
  salt: Buffer;
  /** The hash of the successor that a salt derives. */
  successorHash: (salt: Buffer) => Buffer;
  now: Date;
  /**
   * A token that was first used after this time gets the same successor again, and an older one while that
   * successor is unused. Null: no reuse.
   */
  reusableSince: Date | null;
}

/** Stores sessions: families of refresh tokens, each the successor of another. Stores hashes of tokens only. */
export interface SessionStore {
  /** Starts a family. Returns false if the user is gone or the password has been changed meanwhile. */
  begin(session: NewSession): Promise<boolean>;
  /**
   * Marks the token used and stores its successor, or returns the existing successor's salt, or revokes the
   * family.
   */
  rotate(token: PresentedToken): Promise<Rotation>;
  /** Revokes the family of a token. Ignores an unknown token. */
  revoke(tokenHash: Buffer, now: Date): Promise<void>;
  isActive(session: SessionOfUser, now: Date): Promise<boolean>;
  /** Last used first, at most 100. */
  listActive(userId: string, now: Date): Promise<ActiveSession[]>;
  /** Revokes one session. Returns false unless it was active. */
  end(session: SessionOfUser, now: Date): Promise<boolean>;
  /** Revokes the user's sessions except this one; without a `sessionId`, all. */
  endOthers(kept: TokenHolder, now: Date): Promise<void>;
}

/** 256 random bits, which cannot be guessed, so a fast hash is safe to store. */
export function newRefreshToken(): string {
  return randomBytes(32).toString('base64url');
}

export function newSalt(): Buffer {
  return randomBytes(32);
}

/**
 * Derives the successor of a token from the token and a salt (HKDF, RFC 5869). Deterministic, so only the salt
 * is stored to return the same successor twice, and from the salt alone it cannot be derived.
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

/** The response body of a login and of a refresh in a browser. */
export const accessTokenSchema = z.strictObject({ token: z.string(), expiresIn: z.int() });

/** The response body of a login and of a refresh. */
export const tokenPairSchema = accessTokenSchema.extend({ refreshToken: z.string() });
