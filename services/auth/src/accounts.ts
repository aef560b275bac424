import { AppError } from '@relay/service-kit/http/app-error';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';

import type { AccessTokens } from './access-token.ts';
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
export interface Grant {
  tokens: TokenPair;
  sessionExpiresAt: Date;
}

interface AccountsOptions {
  users: UserStore;
  sessions: SessionStore;
  passwords: Passwords;
  tokens: AccessTokens;
  limits: RateLimits;
  hashQueue: Pick<PasswordHashQueue, 'assertRoom' | 'run'>;
  /** From the login on: a refresh does not extend it. */
  sessionLifeSeconds: number;
  /** The reuse interval: how long after its first use a refresh token returns the same successor. */
  reuseSeconds: number;
  /** Called for a reuse after that interval: the token may be stolen. */
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
  logIn(login: z.output<typeof loginSchema>, client: Client): Promise<Grant>;
  /** @throws AppError `unauthenticated` */
  refresh(refreshToken: string, client: Pick<Client, 'address'>): Promise<Grant>;
  logOut(refreshToken: string): Promise<void>;
  /** @throws AppError `unauthenticated` */
  currentUser(authorization: string | undefined): Promise<User>;
}

export function createAccounts(options: AccountsOptions): Accounts {
  const { users, sessions, passwords, tokens, limits, hashQueue, sessionLifeSeconds, clock } =
    options;
  const reuseMs = options.reuseSeconds * 1000;

  // The query runs inside the queue too: many concurrent logins must not occupy the connection pool.
  // Without a user, a placeholder is hashed, so that both cases take the same time.
  async function authenticate(email: string, password: string): Promise<User | undefined> {
    const credentials = await users.findCredentials(email);
    const matches = await passwords.matches(password, credentials?.passwordHash);
    return matches ? credentials?.user : undefined;
  }

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

    async logIn({ email, password }, { address, disconnected }) {
      hashQueue.assertRoom();
      await limits.login(address, email);
      const user = await hashQueue
        .run(() => authenticate(email, password), disconnected)
        .catch(async (error: unknown) => {
          await limits.loginUnchecked(address, email);
          throw error;
        });
      if (!user)
        throw new AppError('unauthenticated', 'The e-mail address or the password is wrong');
      await limits.loginSucceeded(address, email);
      const refreshToken = newRefreshToken();
      const sessionExpiresAt = new Date(clock().getTime() + sessionLifeSeconds * 1000);
      await sessions.begin({
        id: uuidv7(),
        userId: user.id,
        tokenHash: hashRefreshToken(refreshToken),
        expiresAt: sessionExpiresAt,
      });
      return { tokens: { ...(await tokens.issue(user)), refreshToken }, sessionExpiresAt };
    },

    async refresh(presented, { address }) {
      await limits.refresh(address);
      const salt = newSalt();
      const now = clock();
      const rotation = await sessions.rotate({
        usedHash: hashRefreshToken(presented),
        salt,
        nextHash: hashRefreshToken(successorOf(presented, salt)),
        now,
        reusableSince: reuseMs > 0 ? new Date(now.getTime() - reuseMs) : null,
      });
      if (rotation.status === 'reused') options.onTokenReused(rotation.userId);
      if (rotation.status !== 'rotated') {
        throw new AppError('unauthenticated', 'The refresh token is not valid');
      }
      const { user, salt: usedSalt, sessionExpiresAt } = rotation;
      const refreshToken = successorOf(presented, usedSalt);
      return { tokens: { ...(await tokens.issue(user)), refreshToken }, sessionExpiresAt };
    },

    logOut: (refreshToken) => sessions.revoke(hashRefreshToken(refreshToken), clock()),

    async currentUser(authorization) {
      const user = await users.findById(await tokens.verify(authorization));
      if (!user) throw new AppError('unauthenticated', 'The token is not valid');
      return user;
    },
  };
}
