import { AppError } from '@relay/service-kit/http/app-error';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';

import type { AccessTokens } from './access-token.ts';
import type { Authentication } from './authentication.ts';
import type { Client } from './client.ts';
import type { PasswordHashQueue } from './password-hash-queue.ts';
import type { Passwords } from './passwords.ts';
import type { RateLimits } from './rate-limits.ts';
import {
  hashRefreshToken,
  newRefreshToken,
  newSalt,
  successorOf,
  type SessionStore,
} from './session.ts';
import type { loginSchema, registrationSchema, User, UserStore } from './user.ts';

/** An access token, valid for `expiresIn` seconds, and a refresh token. */
export interface TokenPair {
  token: string;
  expiresIn: number;
  refreshToken: string;
}

/** The tokens of a session, and its end. */
export interface IssuedTokens {
  tokens: TokenPair;
  sessionExpiresAt: Date;
}

interface AccountsOptions {
  users: Pick<UserStore, 'add'>;
  sessions: Pick<SessionStore, 'begin' | 'rotate' | 'revoke'>;
  authentication: Authentication;
  passwords: Pick<Passwords, 'hash'>;
  tokens: Pick<AccessTokens, 'issue'>;
  limits: Pick<RateLimits, 'registration' | 'refresh'>;
  hashQueue: Pick<PasswordHashQueue, 'assertRoom' | 'run'>;
  /** From the login on: a refresh does not extend it. */
  sessionLifeSeconds: number;
  /**
   * The reuse interval: how long after its first use a refresh token returns the same successor. Longer while
   * that successor is unused, unless this is 0.
   */
  reuseSeconds: number;
  /** Called for any other reuse: the token may be stolen. */
  onTokenReused: (userId: string) => void;
  clock: () => Date;
}

/** Registration, login and logout. The rate limits of the client count each call. */
export interface Accounts {
  /**
   * @throws AppError `conflict` if the name or the e-mail address is taken; `unavailable` if the hash
   *   queue is full; `outcome-unknown` if the insert may have been committed
   */
  register(registration: z.output<typeof registrationSchema>, client: Client): Promise<User>;
  /**
   * @throws AppError `unauthenticated`, the same for an unknown user and a wrong password; `unavailable`
   *   if the hash queue is full
   */
  logIn(login: z.output<typeof loginSchema>, client: Client): Promise<IssuedTokens>;
  /** @throws AppError `unauthenticated` */
  refresh(refreshToken: string, client: Pick<Client, 'address'>): Promise<IssuedTokens>;
  logOut(refreshToken: string): Promise<void>;
}

export function createAccounts(options: AccountsOptions): Accounts {
  const { users, sessions, authentication, passwords, tokens, limits, hashQueue } = options;
  const { sessionLifeSeconds, clock } = options;
  const reuseMs = options.reuseSeconds * 1000;

  return {
    async register({ username, email, password }, { address, disconnected }) {
      hashQueue.assertRoom();
      await limits.registration(address);
      const passwordHash = await hashQueue.run(() => passwords.hash(password), disconnected);
      const added = await users.add({ id: uuidv7(), username, email, passwordHash });
      if ('user' in added) return added.user;
      const message = `This ${added.taken === 'email' ? 'e-mail address' : 'username'} is taken`;
      throw new AppError('conflict', message, { errors: [{ path: added.taken, message }] });
    },

    async logIn(login, client) {
      const credentials = await authentication.verify(login, client);
      if (!credentials) throw wrongCredentials();
      const { user, passwordHash } = credentials;
      const sessionId = uuidv7();
      const refreshToken = newRefreshToken();
      const now = clock();
      const sessionExpiresAt = new Date(now.getTime() + sessionLifeSeconds * 1000);
      const begun = await sessions.begin({
        id: sessionId,
        userId: user.id,
        passwordHash,
        tokenHash: hashRefreshToken(refreshToken),
        createdAt: now,
        expiresAt: sessionExpiresAt,
        userAgent: client.userAgent,
      });
      if (!begun) throw wrongCredentials();
      const accessToken = await tokens.issue(user, sessionId);
      return { tokens: { ...accessToken, refreshToken }, sessionExpiresAt };
    },

    async refresh(presented, { address }) {
      await limits.refresh(address);
      const now = clock();
      const rotation = await sessions.rotate({
        usedHash: hashRefreshToken(presented),
        salt: newSalt(),
        successorHash: (salt) => hashRefreshToken(successorOf(presented, salt)),
        now,
        reusableSince: reuseMs > 0 ? new Date(now.getTime() - reuseMs) : null,
      });
      if (rotation.status === 'reused') options.onTokenReused(rotation.userId);
      if (rotation.status !== 'rotated') {
        throw new AppError('unauthenticated', 'The refresh token is not valid');
      }
      const { user, sessionId, sessionExpiresAt } = rotation;
      const refreshToken = successorOf(presented, rotation.salt);
      const accessToken = await tokens.issue(user, sessionId);
      return { tokens: { ...accessToken, refreshToken }, sessionExpiresAt };
    },

    logOut: (refreshToken) => sessions.revoke(hashRefreshToken(refreshToken), clock()),
  };
}

function wrongCredentials(): AppError {
  return new AppError('unauthenticated', 'The e-mail address or the password is wrong');
}
