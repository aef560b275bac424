import { AppError } from '@relay/service-kit';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';

import type { AccessTokens } from './access-token.ts';
import type { Passwords } from './passwords.ts';
import type { RateLimits } from './rate-limits.ts';
import { hashRefreshToken, newRefreshToken, type SessionStore } from './session.ts';
import type { loginSchema, registrationSchema, User, UserStore } from './user.ts';

/** Two tokens: one that is shown with each call, and one that gets the next two. */
export interface Grant {
  token: string;
  expiresIn: number;
  refreshToken: string;
}

interface AccountsOptions {
  users: UserStore;
  sessions: SessionStore;
  passwords: Passwords;
  tokens: AccessTokens;
  limits: RateLimits;
  /** From the login: a refresh does not extend it. */
  sessionLifeSeconds: number;
  /** Hears of a refresh token that came a second time: it may have been stolen. */
  onTokenReused: (userId: string) => void;
  clock: () => Date;
}

/** What one can do about one's account. `address` is the client's, for the rate limits. */
export interface Accounts {
  /** @throws AppError `conflict` when the name or the e-mail address is taken */
  register(registration: z.output<typeof registrationSchema>, address: string): Promise<User>;
  /** @throws AppError `unauthenticated`, the same whatever was wrong */
  logIn(login: z.output<typeof loginSchema>, address: string): Promise<Grant>;
  /** @throws AppError `unauthenticated` */
  refresh(refreshToken: string, address: string): Promise<Grant>;
  logOut(refreshToken: string): Promise<void>;
  /** @throws AppError `unauthenticated` */
  whoIs(authorization: string | undefined): Promise<User>;
}

export function createAccounts(options: AccountsOptions): Accounts {
  const { users, sessions, passwords, tokens, limits, sessionLifeSeconds, clock } = options;

  return {
    async register({ username, email, password }, address) {
      await limits.registration(address);
      const passwordHash = await passwords.hash(password);
      const added = await users.add({ id: uuidv7(), username, email, passwordHash });
      if ('user' in added) return added.user;
      const message = `This ${added.taken === 'email' ? 'e-mail address' : 'username'} is taken`;
      throw new AppError('conflict', message, { errors: [{ path: added.taken, message }] });
    },

    async logIn({ email, password }, address) {
      await limits.login(address, email);
      const found = await users.findCredentials(email);
      if (!(await passwords.matches(password, found?.passwordHash)) || !found) {
        throw new AppError('unauthenticated', 'E-mail address or password is wrong');
      }
      await limits.loginSucceeded(address, email);
      const refreshToken = newRefreshToken();
      const now = clock();
      await sessions.begin({
        id: uuidv7(),
        userId: found.user.id,
        tokenHash: hashRefreshToken(refreshToken),
        now,
        expiresAt: new Date(now.getTime() + sessionLifeSeconds * 1000),
      });
      return { ...(await tokens.issue(found.user)), refreshToken };
    },

    async refresh(presented, address) {
      await limits.refresh(address);
      const refreshToken = newRefreshToken();
      const usedHash = hashRefreshToken(presented);
      const nextHash = hashRefreshToken(refreshToken);
      const rotation = await sessions.rotate({ usedHash, nextHash, now: clock() });
      if (rotation.status === 'reused') options.onTokenReused(rotation.userId);
      if (rotation.status !== 'rotated') {
        throw new AppError('unauthenticated', 'The refresh token is not valid');
      }
      return { ...(await tokens.issue(rotation.user)), refreshToken };
    },

    logOut: (refreshToken) => sessions.revoke(hashRefreshToken(refreshToken), clock()),

    async whoIs(authorization) {
      const user = await users.findById(await tokens.verify(authorization));
      if (!user) throw new AppError('unauthenticated', 'The token is not valid');
      return user;
    },
  };
}
