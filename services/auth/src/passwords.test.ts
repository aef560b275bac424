import { hash } from '@node-rs/argon2';
import { beforeAll, expect, test } from 'vitest';

import { createPasswords, type Passwords } from './passwords.ts';

let passwords: Passwords;
beforeAll(async () => {
  passwords = await createPasswords();
});

test('a hash is a PHC string of Argon2id at the cost that OWASP recommends', async () => {
  expect(await passwords.hash('password123')).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});

test('two hashes of one password differ', async () => {
  expect(await passwords.hash('password123')).not.toBe(await passwords.hash('password123'));
});

test.each(['password123', 'correct horse 🐎', 'a\0b'])(
  '%j fits its own hash alone',
  async (password) => {
    const hash = await passwords.hash(password);
    expect(await passwords.matches(password, hash)).toBe(true);
    expect(await passwords.matches(`${password} `, hash)).toBe(false);
    expect(await passwords.matches(password.slice(0, -1), hash)).toBe(false);
  },
);

test('nothing fits where there is no hash', async () => {
  expect(await passwords.matches('password123', undefined)).toBe(false);
  expect(await passwords.matches('', undefined)).toBe(false);
});

test('a hash that was made at another cost still fits', async () => {
  const cheaper = await hash('password123', { memoryCost: 1024, timeCost: 1, parallelism: 1 });
  expect(await passwords.matches('password123', cheaper)).toBe(true);
});
