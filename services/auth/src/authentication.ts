import type { Client } from './client.ts';
import type { PasswordHashQueue } from './password-hash-queue.ts';
import type { Passwords } from './passwords.ts';
import type { RateLimits } from './rate-limits.ts';
import type { Credentials, UserStore } from './user.ts';

/** Verifies passwords, in the hash queue and within the rate limits of logins. */
export interface Authentication {
  /**
   * Returns `undefined` for an unknown user and for a wrong password, after the same time.
   *
   * @throws AppError `rate-limited`; `unavailable` if the hash queue is full
   */
  verify(
    login: { email: string; password: string },
    client: Client,
  ): Promise<Credentials | undefined>;
}

interface AuthenticationOptions {
  users: Pick<UserStore, 'findCredentials'>;
  passwords: Passwords;
  limits: RateLimits;
  hashQueue: Pick<PasswordHashQueue, 'assertRoom' | 'run'>;
}

export function createAuthentication(options: AuthenticationOptions): Authentication {
  const { users, passwords, limits, hashQueue } = options;

  // The query runs inside the queue too: many concurrent logins must not occupy the connection pool.
  // Without a user, a placeholder is hashed, so that both cases take the same time.
  async function check(email: string, password: string): Promise<Credentials | undefined> {
    const credentials = await users.findCredentials(email);
    const matches = await passwords.matches(password, credentials?.passwordHash);
    return matches ? credentials : undefined;
  }

  return {
    async verify({ email, password }, { address, disconnected }) {
      hashQueue.assertRoom();
      await limits.login(address, email);
      const credentials = await hashQueue
        .run(() => check(email, password), disconnected)
        .catch(async (error: unknown) => {
          await limits.loginUnchecked(address, email);
          throw error;
        });
      if (credentials) await limits.loginSucceeded(address, email);
      return credentials;
    },
  };
}
