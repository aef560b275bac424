import { randomBytes } from 'node:crypto';

import { hash, verify } from '@node-rs/argon2';

/** Hashes and checks passwords. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /**
   * Whether a password fits a hash. Takes as long without one: how long a login takes must not
   * tell whether there is such a user.
   */
  matches(password: string, passwordHash: string | undefined): Promise<boolean>;
}

// OWASP Password Storage Cheat Sheet: Argon2id (this library's default), 19 MiB, 2 passes.
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Argon2id, on libuv's thread pool. */
export async function createPasswords(): Promise<Passwords> {
  const nobodysHash = await hash(randomBytes(32), COST);
  return {
    hash: (password) => hash(password, COST),
    async matches(password, passwordHash) {
      const fits = await verify(passwordHash ?? nobodysHash, password);
      return fits && passwordHash !== undefined;
    },
  };
}
