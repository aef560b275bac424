import { z } from 'zod';

/** A user as the API returns it. */
export interface User {
  id: string;
  username: string;
  email: string;
  createdAt: Date;
}

export interface NewUser {
  id: string;
  username: string;
  email: string;
  passwordHash: string;
}

export interface Credentials {
  user: User;
  passwordHash: string;
}

/** The fields with a unique index. */
export type UniqueField = 'username' | 'email';

/** Stores users. Names and e-mail addresses are unique, ignoring case. */
export interface UserStore {
  /** Adds a user, or returns the field that is taken. */
  add(user: NewUser): Promise<{ user: User } | { taken: UniqueField }>;
  findCredentials(email: string): Promise<Credentials | undefined>;
  findById(id: string): Promise<User | undefined>;
}

const MIN_PASSWORD_CHARACTERS = 8;
const MAX_PASSWORD_CHARACTERS = 128;

// RFC 5321, 4.5.3.1.1: at most 64 characters before the @; RFC 1035, 2.3.4: 63 in a label.
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const ADDRESS = `(?:[A-Za-z0-9_'+-]+\\.)*[A-Za-z0-9_'+-]*[A-Za-z0-9_+-]@(?:${LABEL}\\.)+[A-Za-z]{2,63}$`;
const EMAIL = new RegExp(`^(?=[^@]{1,64}@)${ADDRESS}`);

const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, 'At most 254 characters')
  .meta({ format: 'email', pattern: `^${ADDRESS}` })
  .pipe(z.email({ pattern: EMAIL, error: 'Not an e-mail address' }));

const characters = (text: string) => Array.from(text).length;

const TOO_LONG = `At most ${MAX_PASSWORD_CHARACTERS} characters`;

// NIST SP 800-63B, 3.1.1.2: at least 8 characters, no composition rules, Unicode normalization. Characters
// are counted before normalization.
const password = z
  .string()
  .refine((text) => characters(text) >= MIN_PASSWORD_CHARACTERS, 'At least 8 characters')
  .refine((text) => characters(text) <= MAX_PASSWORD_CHARACTERS, TOO_LONG)
  .normalize('NFKC')
  .meta({ minLength: MIN_PASSWORD_CHARACTERS, maxLength: MAX_PASSWORD_CHARACTERS });

export const registrationSchema = z.strictObject({
  username: z
    .string()
    .trim()
    .min(3, 'At least 3 characters')
    .max(32, 'At most 32 characters')
    .regex(/^[A-Za-z0-9_.-]*$/, 'Only letters, digits and _ . -'),
  email,
  password,
});

/** More lenient than registration: wrong credentials of any form get the same 401. */
export const loginSchema = z.strictObject({
  email: z
    .string()
    .trim()
    .toLowerCase()
    .max(254, 'At most 254 characters')
    // Postgres rejects NUL in text parameters.
    .refine((text) => !text.includes('\0'), 'Must not contain NUL')
    .meta({ pattern: String.raw`^[^\u0000]*$` }),
  password: z
    .string()
    .refine((text) => characters(text) <= MAX_PASSWORD_CHARACTERS, TOO_LONG)
    .normalize('NFKC')
    .meta({ maxLength: MAX_PASSWORD_CHARACTERS }),
});

export const userSchema = z.strictObject({
  id: z.uuid(),
  username: z.string(),
  email: z.email(),
  createdAt: z.iso.datetime(),
});
