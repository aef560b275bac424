import { randomBytes } from 'node:crypto';

import { hash, verify } from '@node-rs/argon2';

/** Hashes and verifies passwords. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /**
   * Verifies a password against a hash. Without a hash it takes the same time, so that the duration of a
   * login does not reveal whether the user exists.
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
      const matches = await verify(passwordHash ?? placeholderHash, password);
      return matches && passwordHash !== undefined;
    },
  };
}
