import { z } from 'zod';

/** Someone who can log in, as the API shows them. */
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

/** What must be one user's alone. */
export type UniqueField = 'username' | 'email';

/** Keeps users. Names and e-mail addresses are unique whatever their case. */
export interface UserStore {
  /** Adds a user, or says which field another has already. */
  add(user: NewUser): Promise<{ user: User } | { taken: UniqueField }>;
  findCredentials(email: string): Promise<Credentials | undefined>;
  findById(id: string): Promise<User | undefined>;
}

const MAX_PASSWORD_CHARACTERS = 128;

const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, 'At most 254 characters')
  .pipe(z.email('Not an e-mail address'));

// NIST SP 800-63B, 3.1.1.2: at least 8 characters, no rules of composition, and one spelling of
// what looks the same.
const password = z
  .string()
  .normalize('NFKC')
  .min(8, 'At least 8 characters')
  .max(MAX_PASSWORD_CHARACTERS, `At most ${MAX_PASSWORD_CHARACTERS} characters`);

export const registrationSchema = z.strictObject({
  username: z
    .string()
    .trim()
    .min(3, 'At least 3 characters')
    .max(32, 'At most 32 characters')
    .regex(/^[\w.-]*$/, 'Only letters, digits and _ . -'),
  email,
  password,
});

/** Lenient where registration is strict: whatever is wrong is the same 401. */
export const loginSchema = z.strictObject({
  email: z
    .string()
    .trim()
    .toLowerCase()
    .max(254, 'At most 254 characters')
    // The one character that Postgres cannot look for.
    .refine((text) => !text.includes('\0'), 'Must not contain NUL'),
  password: z
    .string()
    .normalize('NFKC')
    .max(MAX_PASSWORD_CHARACTERS, `At most ${MAX_PASSWORD_CHARACTERS} characters`),
});

export const userSchema = z.strictObject({
  id: z.uuid(),
  username: z.string(),
  email: z.email(),
  createdAt: z.iso.datetime(),
});
