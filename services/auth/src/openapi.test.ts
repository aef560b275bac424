import { documentedInput } from '@relay/service-kit/testing/documented-input';
import { expect, test } from 'vitest';

import { authOpenApi } from './openapi.ts';
import { passwordChangeSchema, removalSchema } from './own-account.ts';
import { removedUsersQuerySchema } from './removed-users.ts';
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
  '/api/auth/browser/login': { schema: loginSchema, bodies: [LOGIN, {}] },
  '/api/auth/refresh': {
    schema: refreshSchema,
    bodies: [
      REFRESH,
      {},
      ...['', 'x'.repeat(256), 'x'.repeat(257)].map((refreshToken) => ({ refreshToken })),
    ],
  },
};

const CHANGE = { currentPassword: 'x', newPassword: PERSON.password };

const ownAccountCases = {
  'put /api/auth/me/password': {
    schema: passwordChangeSchema,
    bodies: [
      CHANGE,
      {},
      { ...CHANGE, more: 1 },
      ...PASSWORDS.map((newPassword) => ({ ...CHANGE, newPassword })),
      ...['', '🙂'.repeat(128), '🙂'.repeat(129)].map((currentPassword) => ({
        ...CHANGE,
        currentPassword,
      })),
    ],
  },
  'delete /api/auth/me': {
    schema: removalSchema,
    bodies: [{ password: '' }, { password: 'x'.repeat(129) }, { password: 7 }, {}],
  },
};

const allCases = [
  ...Object.entries(cases).map(([path, given]) => ['post', path, given] as const),
  ...Object.entries(ownAccountCases).map(
    ([call, given]) => [...(call.split(' ') as [string, string]), given] as const,
  ),
];

const feed = documentedInput(authOpenApi, 'get', '/api/auth/removed-users');

test.each([
  ['since', '2026-01-02T03:04:05Z'],
  ['since', '2026-01-02T03:04:05.678Z'],
  ['since', '2026-02-30T03:04:05Z'],
  ['since', 'yesterday'],
  ['cursor', '2026-01-02T03:04:05.678Z_0190f5fe-7c00-7a00-8000-00000000000a'],
  ['cursor', 'x'],
] as const)('the document accepts %s=%s exactly if the service does', (name, value) => {
  const accepted = removedUsersQuerySchema.safeParse({ [name]: value }).success;
  expect(feed.parameter(name)(value)).toBe(accepted);
});

test.each([0, 1, 1000, 1001, 1.5])('the document accepts the limit %d as the service', (limit) => {
  const accepted = removedUsersQuerySchema.safeParse({ limit: String(limit) }).success;
  expect(feed.parameter('limit')(limit)).toBe(accepted);
});

test.each(allCases)(
  'the document accepts the same bodies for %s %s as the service',
  (method, path, given) => {
    const { body } = documentedInput(authOpenApi, method, path);
    const verdicts = given.bodies.map((one) => [one, body(one)]);
    expect(verdicts).toEqual(given.bodies.map((one) => [one, given.schema.safeParse(one).success]));
    expect(new Set(verdicts.map(([, accepted]) => accepted))).toEqual(new Set([true, false]));
  },
);

test('an address has at most 64 characters before the @, which JSON Schema means by email', () => {
  const schema = registrationSchema.safeParse({ ...PERSON, email: long(65) });
  expect(schema.success).toBe(false);
});
