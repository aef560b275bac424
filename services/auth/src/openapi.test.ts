import { documentedInput } from '@relay/service-kit/testing/documented-input';
import { expect, test } from 'vitest';

import { authOpenApi } from './openapi.ts';
import { refreshSchema } from './session.ts';
import { loginSchema, registrationSchema } from './user.ts';

const PERSON = { username: 'ann', email: 'ann@example.org', password: 'password123' };
const LOGIN = { email: PERSON.email, password: PERSON.password };
const REFRESH = { refreshToken: 'x' };

const long = (length: number) => `${'x'.repeat(length)}@example.org`;

const NAMES = ['', 'ab', 'abc', 'a_.-Z9', 'a b', 'ann🎉', 'x'.repeat(32), 'x'.repeat(33), 7];

const ADDRESSES = [
  '',
  'ann',
  '@',
  'a@b',
  'a@b.c',
  'a@b.cd',
  "o'n+a-b_c.d@x-y.example.org",
  'a@-b.cd',
  'a@b-.cd',
  '.a@b.cd',
  'a.@b.cd',
  'a..b@c.de',
  'a b@c.de',
  'ä@b.cd',
  'a@ä.cd',
  'a@b.c1',
  'a\0@b.cd',
  null,
  long(64),
  `a@${'x'.repeat(63)}.org`,
  `a@${'x'.repeat(64)}.org`,
  `a@${'x.'.repeat(126)}org`,
];

const PASSWORDS = [
  '',
  'x'.repeat(7),
  'x'.repeat(8),
  '🙂'.repeat(7),
  '🙂'.repeat(8),
  'e\u0301'.repeat(4),
  '🙂'.repeat(128),
  '🙂'.repeat(129),
  '\ufdfa'.repeat(128),
];

const registrations = [
  ...NAMES.map((username) => ({ ...PERSON, username })),
  ...ADDRESSES.map((email) => ({ ...PERSON, email })),
  ...PASSWORDS.map((password) => ({ ...PERSON, password })),
];

const cases = {
  '/api/auth/users': {
    schema: registrationSchema,
    bodies: [PERSON, {}, { ...PERSON, more: 1 }, [], null, 'text', ...registrations],
  },
  '/api/auth/login': {
    schema: loginSchema,
    bodies: [
      LOGIN,
      {},
      { ...LOGIN, more: 1 },
      ...['', 'nobody', '\0', 'x'.repeat(254), 'x'.repeat(255)].map((email) => ({
        ...LOGIN,
        email,
      })),
      ...['', '🙂'.repeat(128), '🙂'.repeat(129)].map((password) => ({ ...LOGIN, password })),
    ],
  },
  '/api/auth/refresh': {
    schema: refreshSchema,
    bodies: [
      REFRESH,
      {},
      ...['', 'x'.repeat(256), 'x'.repeat(257)].map((refreshToken) => ({ refreshToken })),
    ],
  },
};

test.each(Object.entries(cases))(
  'the document accepts for %s what the service does',
  (path, given) => {
    const { body } = documentedInput(authOpenApi, 'post', path);
    const verdicts = given.bodies.map((one) => [one, body(one)]);
    expect(verdicts).toEqual(given.bodies.map((one) => [one, given.schema.safeParse(one).success]));
    expect(new Set(verdicts.map(([, accepted]) => accepted))).toEqual(new Set([true, false]));
  },
);

test('an address has at most 64 characters before the @, which JSON Schema means by email', () => {
  const schema = registrationSchema.safeParse({ ...PERSON, email: long(65) });
  expect(schema.success).toBe(false);
});
