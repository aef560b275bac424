import { AppError } from '@relay/service-kit/http/app-error';
import { z } from 'zod';

import type { AccessTokens, TokenHolder } from './access-token.ts';
import type { AccountStore } from './account-store.ts';
import type { Authentication } from './authentication.ts';
import type { Client } from './client.ts';
import type { PasswordHashQueue } from './password-hash-queue.ts';
import type { Passwords } from './passwords.ts';
import type { ActiveSession, SessionStore } from './session.ts';
import {
  loginSchema,
  registrationSchema,
  type Credentials,
  type User,
  type UserStore,
} from './user.ts';

export const passwordChangeSchema = z.strictObject({
  currentPassword: loginSchema.shape.password,
  newPassword: registrationSchema.shape.password,
});

export const removalSchema = z.strictObject({ password: loginSchema.shape.password });

/** A session as its user sees it. */
export interface OwnSession extends ActiveSession {
  /** Whether the access token of the request belongs to it. */
  current: boolean;
}

/** The account of an access token. */
export interface OwnAccount {
  /** @throws AppError `unauthenticated` */
  user(authorization: string | undefined): Promise<User>;
  /**
   * The user and the session of the token, for the calls below. Requires that the session is active, so that a
   * token of an ended session cannot end others.
   *
   * @throws AppError `unauthenticated`
   */
  authenticate(authorization: string | undefined): Promise<TokenHolder>;
  /** The active sessions, last used first, at most 100. */
  sessions(holder: TokenHolder): Promise<OwnSession[]>;
  /** @throws AppError `not-found` unless it is an active session of the user */
  endSession(holder: TokenHolder, sessionId: string): Promise<void>;
  /** Ends all sessions except that of the access token. */
  endOtherSessions(holder: TokenHolder): Promise<void>;
  /**
   * Ends all other sessions, too.
   *
   * @throws AppError `unauthenticated` if the user is gone; `forbidden` for a wrong password; `rate-limited`; `unavailable` if the hash queue is
   *   full; `outcome-unknown` if the change may have been committed
   */
  changePassword(
    holder: TokenHolder,
    change: z.output<typeof passwordChangeSchema>,
    client: Client,
  ): Promise<void>;
  /**
   * Deletes the user with all sessions. Posts stay, without the name.
   *
   * @throws AppError as `changePassword`
   */
  remove(
    holder: TokenHolder,
    removal: z.output<typeof removalSchema>,
    client: Client,
  ): Promise<void>;
}

interface OwnAccountOptions {
  users: Pick<UserStore, 'findById'>;
  sessions: SessionStore;
  accounts: AccountStore;
  tokens: Pick<AccessTokens, 'verify'>;
  authentication: Authentication;
  passwords: Pick<Passwords, 'hash'>;
  hashQueue: Pick<PasswordHashQueue, 'run'>;
  clock: () => Date;
}

export function createOwnAccount(options: OwnAccountOptions): OwnAccount {
  const { users, sessions, accounts, tokens, authentication, passwords, hashQueue, clock } =
    options;

  async function userOf({ userId }: TokenHolder): Promise<User> {
    const user = await users.findById(userId);
    if (!user) throw invalidToken();
    return user;
  }

  async function confirm(
    holder: TokenHolder,
    given: { password: string; field: string },
    client: Client,
  ): Promise<Credentials> {
    const { email } = await userOf(holder);
    const credentials = await authentication.verify({ email, password: given.password }, client);
    if (!credentials) throw wrongPassword(given.field);
    return credentials;
  }

  return {
    user: async (authorization) => userOf(await tokens.verify(authorization)),

    async authenticate(authorization) {
      const holder = await tokens.verify(authorization);
      const { userId, sessionId } = holder;
      const isOver =
        sessionId !== undefined && !(await sessions.isActive({ userId, sessionId }, clock()));
      if (isOver) throw invalidToken();
      return holder;
    },

    async sessions({ userId, sessionId }) {
      const active = await sessions.listActive(userId, clock());
      return active.map((session) => ({ ...session, current: session.id === sessionId }));
    },

    async endSession({ userId }, sessionId) {
      const ended = await sessions.end({ userId, sessionId }, clock());
      if (!ended) throw new AppError('not-found', 'The session does not exist');
    },

    endOtherSessions: (holder) => sessions.endOthers(holder, clock()),

    async changePassword(holder, { currentPassword, newPassword }, client) {
      const given = { password: currentPassword, field: 'currentPassword' };
      const { passwordHash } = await confirm(holder, given, client);
      const newHash = await hashQueue.run(() => passwords.hash(newPassword), client.disconnected);
      const change = { ...holder, currentHash: passwordHash, newHash };
      const changed = await accounts.replacePassword(change, clock());
      if (!changed) throw wrongPassword('currentPassword');
    },

    async remove(holder, { password }, client) {
      const { passwordHash } = await confirm(holder, { password, field: 'password' }, client);
      const account = { userId: holder.userId, currentHash: passwordHash };
      const removed = await accounts.remove(account, clock());
      if (!removed) throw wrongPassword('password');
    },
  };
}

function invalidToken(): AppError {
  return new AppError('unauthenticated', 'The token is not valid');
}

/** Not a 401, upon which a client would refresh its access token and repeat the request. */
function wrongPassword(path: string): AppError {
  const message = 'The password is wrong';
  return new AppError('forbidden', message, { errors: [{ path, message }] });
}
