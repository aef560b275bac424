import { randomBytes } from 'node:crypto';

import { hash, verify } from '@node-rs/argon2';

/** Hashes and checks passwords. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /**
   * Whether a password fits a hash. Takes as long without a hash: the duration of a login must not
   * reveal whether the user exists.
   */
  matches(password: string, passwordHash: string | undefined): Promise<boolean>;
}

// OWASP Password Storage Cheat Sheet: Argon2id (this library's default), 19 MiB, 2 passes.
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Argon2id, on libuv's thread pool. */
export async function createPasswords(): Promise<Passwords> {
  const placeholderHash = await hash(randomBytes(32), COST);
  return {
    hash: (password) => hash(password, COST),
    async matches(password, passwordHash) {
      const fits = await verify(passwordHash ?? placeholderHash, password);
      return fits && passwordHash !== undefined;
    },
  };
}
