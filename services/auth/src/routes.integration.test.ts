import { rangesOf } from '@relay/service-kit/testing/ranges';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';

import { authVariables } from './config.ts';
import { tokenPairSchema } from './session.ts';
import {
  migratedDatabase,
  signingKeysFolder,
  startAuth,
  type TestApp,
} from './testing/test-app.ts';

const PASSWORD = 'password123';
let app: TestApp;
let now = new Date('2026-01-01T00:00:00Z');

beforeAll(async () => {
  const { url: databaseUrl } = await migratedDatabase();
  const variables = { LOGINS_PER_ADDRESS: '1000', REGISTRATIONS_PER_ADDRESS: '1000' };
  const keysFolder = await signingKeysFolder();
  app = await startAuth({ databaseUrl, keysFolder, variables, clock: () => now });
});

/** Does this so many seconds later. */
async function at<T>(seconds: number, act: () => Promise<T>): Promise<T> {
  const start = now;
  now = new Date(start.getTime() + seconds * 1000);
  try {
    return await act();
  } finally {
    now = start;
  }
}

let people = 0;

/** A registered user. */
async function someone() {
  people += 1;
  const username = `person${people}`;
  const person = { username, email: `${username}@example.org`, password: PASSWORD };
  const { body } = await app.call('POST', '/api/auth/users', { body: person });
  return { ...person, id: String(body['id']) };
}

async function logIn({ email, password }: { email: string; password: string }) {
  const { body } = await app.call('POST', '/api/auth/login', { body: { email, password } });
  return tokenPairSchema.parse(body);
}

const refresh = (refreshToken: string) =>
  app.call('POST', '/api/auth/refresh', { body: { refreshToken } });
const me = (token: string) =>
  app.call('GET', '/api/auth/me', { headers: { Authorization: `Bearer ${token}` } });

test('registers, logs in and returns the user', async () => {
  const body = { username: 'Ann', email: 'Ann@Example.org', password: PASSWORD };
  const registered = await app.call('POST', '/api/auth/users', { body });
  expect(registered.status).toBe(201);
  expect(registered.body).toEqual({
    id: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-7/),
    username: 'Ann',
    email: 'ann@example.org',
    createdAt: expect.any(String),
  });

  const login = await app.call('POST', '/api/auth/login', {
    body: { email: ' ANN@example.org ', password: PASSWORD },
  });
  expect(login.status).toBe(200);
  expect(login.headers.get('cache-control')).toBe('no-store');
  expect(login.body).toMatchObject({ expiresIn: 900 });

  const found = await me(String(login.body['token']));
  expect(found.body).toEqual(registered.body);
  expect(found.headers.get('cache-control')).toBe('private, no-store');
});

test('a password may be typed in another form of the same letters', async () => {
  const person = await someone();
  const typed = { email: person.email, password: 'password１２３' };
  expect(await logIn(typed)).toMatchObject({ token: expect.any(String) });
});

test('a token is verified with the published keys, as another service does it', async () => {
  const person = await someone();
  const { token } = await logIn(person);
  const keys = createRemoteJWKSet(new URL(`${app.url}/api/auth/.well-known/jwks.json`));
  const options = { algorithms: ['ES256'], issuer: 'relay-auth', audience: 'relay' };
  const { payload } = await jwtVerify(token, keys, { ...options, currentDate: now });
  expect(payload).toMatchObject({ sub: person.id, username: person.username });
});

test('the published keys may be cached for a minute and contain nothing private', async () => {
  const { headers, body } = await app.call('GET', '/api/auth/.well-known/jwks.json');
  expect(headers.get('cache-control')).toBe('public, max-age=60');
  expect(JSON.stringify(body)).not.toContain('"d"');
});

describe('registering', () => {
  test.each([
    ['username', { email: 'other@example.org' }],
    ['email', { username: 'somebody-else' }],
  ])('a %s that is taken is a conflict', async (path, change) => {
    const person = await someone();
    const body = {
      username: person.username.toUpperCase(),
      email: person.email.toUpperCase(),
      password: PASSWORD,
      ...change,
    };
    const { status, body: problem } = await app.call('POST', '/api/auth/users', { body });
    expect(status).toBe(409);
    expect(problem).toMatchObject({ errors: [{ path }] });
  });

  test('names every field that is wrong', async () => {
    const body = { username: 'a', email: 'b', admin: true };
    const { status, body: problem } = await app.call('POST', '/api/auth/users', { body });
    expect(status).toBe(400);
    expect((problem['errors'] as { path: string }[]).map(({ path }) => path)).toEqual([
      'username',
      'email',
      'password',
      'admin',
    ]);
  });
});

/** All that a client sees of a failed login, except the request's id. */
async function failedLogin(body: object) {
  const answer = await app.call('POST', '/api/auth/login', { body });
  const { requestId, ...rest } = answer.body;
  expect(requestId).toBe(answer.headers.get('x-request-id'));
  const names = [...answer.headers.keys()].filter((name) => name !== 'date');
  return { status: answer.status, rest, names, length: answer.headers.get('content-length') };
}

test('a failed login does not reveal its reason', async () => {
  const { email } = await someone();
  const wrongPassword = await failedLogin({ email, password: 'wrong password' });
  const unknown = await failedLogin({ email: 'nobody@example.org', password: PASSWORD });
  const noAddress = await failedLogin({ email: 'nobody', password: '' });
  expect(wrongPassword.status).toBe(401);
  expect(unknown).toEqual(wrongPassword);
  expect(noAddress).toEqual(wrongPassword);
});

describe('refreshing', () => {
  test('returns the next token pair', async () => {
    const person = await someone();
    const before = await logIn(person);
    const answer = await refresh(before.refreshToken);
    const next = tokenPairSchema.parse(answer.body);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(next.refreshToken).not.toBe(before.refreshToken);
    expect((await me(next.token)).body).toMatchObject({ id: person.id });
  });

  test('a token that is used twice within ten seconds has one successor', async () => {
    const person = await someone();
    const { refreshToken } = await logIn(person);
    const both = await Promise.all([refresh(refreshToken), refresh(refreshToken)]);
    const [first, second] = both.map(({ body }) => tokenPairSchema.parse(body));
    expect(second!.refreshToken).toBe(first!.refreshToken);
    await at(9.999, async () => {
      const third = tokenPairSchema.parse((await refresh(refreshToken)).body);
      expect(third.refreshToken).toBe(first!.refreshToken);
      expect((await me(third.token)).body).toMatchObject({ id: person.id });
      expect((await refresh(third.refreshToken)).status).toBe(200);
    });
  });

  test('a token that is used again later has the same successor while that is unused', async () => {
    const { refreshToken } = await logIn(await someone());
    const lost = tokenPairSchema.parse((await refresh(refreshToken)).body);
    await at(24 * 3600, async () => {
      const again = tokenPairSchema.parse((await refresh(refreshToken)).body);
      expect(again.refreshToken).toBe(lost.refreshToken);
      expect((await refresh(again.refreshToken)).status).toBe(200);
    });
  });

  test('a token that is used again after its successor ends the session', async () => {
    const { refreshToken } = await logIn(await someone());
    const next = tokenPairSchema.parse((await refresh(refreshToken)).body);
    const last = tokenPairSchema.parse((await refresh(next.refreshToken)).body);
    await at(10, async () => {
      expect((await refresh(refreshToken)).status).toBe(401);
      expect((await refresh(last.refreshToken)).status).toBe(401);
    });
  });

  test('a session ends 30 days after the login, even if used', async () => {
    const { refreshToken } = await logIn(await someone());
    const day = 24 * 3600;
    const next = await at(29 * day, async () => {
      const { body } = await refresh(refreshToken);
      return tokenPairSchema.parse(body);
    });
    await at(30 * day, async () => expect((await refresh(next.refreshToken)).status).toBe(401));
  });
});

test('a session can be as long as its setting allows', async () => {
  const { max } = rangesOf(authVariables)['REFRESH_TOKEN_SECONDS']!;
  const { url } = await migratedDatabase();
  const keysFolder = await signingKeysFolder();
  const variables = { REFRESH_TOKEN_SECONDS: String(max) };
  const longest = await startAuth({ databaseUrl: url, keysFolder, variables, clock: () => now });
  const body = { username: 'ann', email: 'ann@example.org', password: PASSWORD };
  await longest.call('POST', '/api/auth/users', { body });
  const { username: _username, ...login } = body;
  const answer = await longest.call('POST', '/api/auth/login', { body: login });
  const { refreshToken } = tokenPairSchema.parse(answer.body);
  const used = (after: number) =>
    at(after, () => longest.call('POST', '/api/auth/refresh', { body: { refreshToken } }));
  expect((await used(max)).status).toBe(401);
  expect((await used(max - 1)).status).toBe(200);
});

test('an access token is over after its time', async () => {
  const { token } = await logIn(await someone());
  await at(900, async () => expect((await me(token)).status).toBe(401));
});

test('logging out ends the session, and can be repeated', async () => {
  const { refreshToken } = await logIn(await someone());
  const body = { refreshToken };
  expect((await app.call('POST', '/api/auth/logout', { body })).status).toBe(204);
  expect((await app.call('POST', '/api/auth/logout', { body })).status).toBe(204);
  expect((await refresh(refreshToken)).status).toBe(401);
});

test('health has the status of the dependencies, and no-store', async () => {
  for (const path of ['/health', '/api/auth/health']) {
    const { status, body, headers } = await app.call('GET', path);
    expect(status).toBe(200);
    expect(body).toEqual({ status: 'ok', postgres: 'up', redis: 'off' });
    expect(headers.get('cache-control')).toBe('no-store');
  }
});

test('none of this put a secret into the log', async () => {
  const person = await someone();
  const pair = await logIn(person);
  const next = tokenPairSchema.parse((await refresh(pair.refreshToken)).body);
  await me(next.token);
  await app.call('POST', '/api/auth/users', { body: '{"password":"password123",' });
  await app.call('POST', '/api/auth/users', { body: person });
  const written = app.captured.text();
  expect(written).toContain('/api/auth/login');
  const secrets = [PASSWORD, pair.token, pair.refreshToken, next.token, next.refreshToken];
  for (const secret of [...secrets, 'argon2', 'role-secret', 'PRIVATE KEY', 'example.org']) {
    expect(written).not.toContain(secret);
  }
  const warnings = app.captured.lines().filter(({ level }) => Number(level) > 30);
  // The only line at warn: from the reuse test above.
  const reuse = 'Refresh token reused, session revoked';
  expect(new Set(warnings.map(({ msg }) => msg))).toEqual(new Set([reuse]));
});
