import { beforeAll, expect, test } from 'vitest';

import {
  migratedDatabase,
  signingKeysFolder,
  startAuth,
  type TestApp,
} from './testing/test-app.ts';

const PASSWORD = 'password123';
let app: TestApp;

beforeAll(async () => {
  const { url: databaseUrl } = await migratedDatabase();
  const variables = { LOGINS_PER_ADDRESS: '1000', REGISTRATIONS_PER_ADDRESS: '1000' };
  app = await startAuth({ databaseUrl, keysFolder: await signingKeysFolder(), variables });
});

let people = 0;

const HUGE = 'x'.repeat(10_000);

test.each([
  ['SQL in a name', '/api/auth/users', { username: "'; drop table users; --" }, 400],
  ['SQL in an address', '/api/auth/users', { email: "a'--@example.org" }, 201],
  ['an emoji in a name', '/api/auth/users', { username: 'ann🎉' }, 400],
  ['an emoji in an address', '/api/auth/users', { email: '🎉@example.org' }, 400],
  ['an emoji in a password', '/api/auth/users', { password: '🎉🎉🎉🎉🎉🎉🎉🎉' }, 201],
  ['NUL in a name', '/api/auth/users', { username: 'ann\0' }, 400],
  ['NUL in an address', '/api/auth/users', { email: 'ann\0@example.org' }, 400],
  ['NUL in a password', '/api/auth/users', { password: 'pass\0word123' }, 201],
  ['half an emoji in a password', '/api/auth/users', { password: 'password\ud83c' }, 201],
  ['a very long name', '/api/auth/users', { username: HUGE }, 400],
  ['a very long address', '/api/auth/users', { email: `${HUGE}@example.org` }, 400],
  ['a very long password', '/api/auth/users', { password: HUGE }, 400],
  ['a number for a name', '/api/auth/users', { username: 7 }, 400],
  ['an object for a name', '/api/auth/users', { username: { $ne: null } }, 400],
  ['an id of one’s own', '/api/auth/users', { id: 'x' }, 400],
  ['SQL in an address', '/api/auth/login', { email: "' or 1=1 --" }, 401],
  ['an emoji in an address', '/api/auth/login', { email: '🎉' }, 401],
  ['NUL in an address', '/api/auth/login', { email: 'ann\0' }, 400],
  ['half an emoji in an address', '/api/auth/login', { email: 'ann\ud83c' }, 401],
  ['NUL in a password', '/api/auth/login', { password: '\0' }, 401],
  ['a very long address', '/api/auth/login', { email: HUGE }, 400],
  ['a very long password', '/api/auth/login', { password: HUGE }, 400],
  ['an array for a password', '/api/auth/login', { password: [PASSWORD] }, 400],
  ['SQL in a token', '/api/auth/refresh', { refreshToken: "' or 1=1 --" }, 401],
  ['NUL in a token', '/api/auth/refresh', { refreshToken: '\0' }, 401],
  ['an emoji in a token', '/api/auth/refresh', { refreshToken: '🎉' }, 401],
  ['an empty token', '/api/auth/refresh', { refreshToken: '' }, 400],
  ['a very long token', '/api/auth/refresh', { refreshToken: HUGE }, 400],
  ['an unknown token', '/api/auth/logout', { refreshToken: 'unknown' }, 204],
  ['no token', '/api/auth/logout', {}, 400],
])('%s at %s', async (_name, path, given, expected) => {
  people += 1;
  const email = `odd${people}@example.org`;
  const defaults: Record<string, object> = {
    '/api/auth/users': { username: `odd${people}`, email, password: PASSWORD },
    '/api/auth/login': { email, password: PASSWORD },
  };
  const { status } = await app.call('POST', path, { body: { ...defaults[path], ...given } });
  expect(status).toBe(expected);
});

test('SQL in input changed nothing', async () => {
  const login = { email: 'ann@example.org', password: PASSWORD };
  await app.call('POST', '/api/auth/users', { body: { ...login, username: 'ann' } });
  const { body } = await app.call('POST', '/api/auth/login', { body: login });
  expect(body).toMatchObject({ expiresIn: 900 });
});

test('none of this is a warning, or put a secret into the log', () => {
  const written = app.captured.text();
  expect(written).toContain('/api/auth/login');
  for (const secret of [PASSWORD, 'argon2', 'role-secret', 'PRIVATE KEY', 'example.org']) {
    expect(written).not.toContain(secret);
  }
  expect(app.captured.lines().filter(({ level }) => Number(level) > 30)).toEqual([]);
});
