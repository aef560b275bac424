import { beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { tokenPairSchema } from './session.ts';
import {
  migratedDatabase,
  signingKeysFolder,
  startAuth,
  type TestApp,
} from './testing/test-app.ts';

const PASSWORD = 'password123';
const NEW_PASSWORD = 'password456';
const START = new Date('2026-01-01T00:00:00Z');

let app: TestApp;
let now = START;
let people = 0;
let ann: { username: string; email: string; password: string };

beforeAll(async () => {
  const { url: databaseUrl } = await migratedDatabase();
  const variables = {
    LOGINS_PER_ADDRESS: '1000',
    REGISTRATIONS_PER_ADDRESS: '1000',
    LOGINS_PER_ACCOUNT: '3',
  };
  const keysFolder = await signingKeysFolder();
  app = await startAuth({ databaseUrl, keysFolder, variables, clock: () => now });
});

beforeEach(async () => {
  now = START;
  ann = await register();
});

const after = (seconds: number) => {
  now = new Date(START.getTime() + seconds * 1000);
};

async function register() {
  people += 1;
  const username = `person${people}`;
  const person = { username, email: `${username}@example.org`, password: PASSWORD };
  await app.call('POST', '/api/auth/users', { body: person });
  return person;
}

interface Device {
  token: string;
  refreshToken: string;
  send(method: string, path: string, body?: object): ReturnType<TestApp['call']>;
}

/** A login of a client. */
async function device(userAgent: string, { email, password } = ann): Promise<Device> {
  const headers = { 'User-Agent': userAgent };
  const answer = await app.call('POST', '/api/auth/login', { body: { email, password }, headers });
  const { token, refreshToken } = tokenPairSchema.parse(answer.body);
  const Authorization = `Bearer ${token}`;
  return {
    token,
    refreshToken,
    send: (method, path, body) =>
      app.call(method, `/api/auth/me${path}`, {
        headers: { Authorization },
        ...(body && { body }),
      }),
  };
}

const refreshes = async ({ refreshToken }: Device) =>
  (await app.call('POST', '/api/auth/refresh', { body: { refreshToken } })).status === 200;

interface Listed {
  id: string;
  userAgent: string;
  current: boolean;
}

const sessionsOf = async (of: Device) =>
  (await of.send('GET', '/sessions')).body['sessions'] as Listed[];

describe('sessions', () => {
  test('are listed with their client and times, and the current one is marked', async () => {
    const phone = await device('A phone');
    after(60);
    const laptop = await device('A laptop');
    after(90);
    await refreshes(phone);
    const { status, headers, body } = await laptop.send('GET', '/sessions');
    expect([status, headers.get('cache-control')]).toEqual([200, 'private, no-store']);
    const id = expect.any(String);
    expect(body).toEqual({
      sessions: [
        {
          id,
          createdAt: '2026-01-01T00:00:00.000Z',
          lastUsedAt: '2026-01-01T00:01:30.000Z',
          expiresAt: '2026-01-31T00:00:00.000Z',
          userAgent: 'A phone',
          current: false,
        },
        {
          id,
          createdAt: '2026-01-01T00:01:00.000Z',
          lastUsedAt: '2026-01-01T00:01:00.000Z',
          expiresAt: '2026-01-31T00:01:00.000Z',
          userAgent: 'A laptop',
          current: true,
        },
      ],
    });
  });

  test('can be ended one by one, by their user alone', async () => {
    const [phone, laptop] = [await device('A phone'), await device('A laptop')];
    const stranger = await device('A stranger', await register());
    const { id } = (await sessionsOf(laptop)).find(({ userAgent }) => userAgent === 'A phone')!;
    expect((await stranger.send('DELETE', `/sessions/${id}`)).status).toBe(404);
    expect((await laptop.send('DELETE', `/sessions/${id.toUpperCase()}`)).status).toBe(204);
    expect((await laptop.send('DELETE', `/sessions/${id}`)).status).toBe(404);
    expect([await refreshes(phone), await refreshes(laptop)]).toEqual([false, true]);
  });

  test('can be ended all but the current one', async () => {
    const [phone, laptop] = [await device('A phone'), await device('A laptop')];
    expect((await laptop.send('DELETE', '/sessions')).status).toBe(204);
    expect((await sessionsOf(laptop)).map(({ userAgent }) => userAgent)).toEqual(['A laptop']);
    expect([await refreshes(phone), await refreshes(laptop)]).toEqual([false, true]);
  });

  test('a token of an ended session ends no others, though it is valid elsewhere', async () => {
    const [thief, owner] = [await device('A thief'), await device('The owner')];
    await owner.send('DELETE', '/sessions');
    const change = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    expect((await thief.send('GET', '/sessions')).status).toBe(401);
    expect((await thief.send('DELETE', '/sessions')).status).toBe(401);
    expect((await thief.send('PUT', '/password', change)).status).toBe(401);
    expect((await thief.send('GET', '')).status).toBe(200);
    expect(await refreshes(owner)).toBe(true);
  });
});

const logIn = async (password: string) =>
  (await app.call('POST', '/api/auth/login', { body: { email: ann.email, password } })).status;

describe('a change of the password', () => {
  const change = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
  test('replaces the old one, and ends the other sessions', async () => {
    const [phone, laptop] = [await device('A phone'), await device('A laptop')];
    expect((await laptop.send('PUT', '/password', change)).status).toBe(204);
    expect([await logIn(PASSWORD), await logIn(NEW_PASSWORD)]).toEqual([401, 200]);
    expect([await refreshes(phone), await refreshes(laptop)]).toEqual([false, true]);
  });

  test('with a wrong current password is refused, and names the field', async () => {
    const laptop = await device('A laptop');
    const wrong = { ...change, currentPassword: 'wrong' };
    const { status, body } = await laptop.send('PUT', '/password', wrong);
    expect(status).toBe(403);
    expect(body).toMatchObject({
      errors: [{ path: 'currentPassword', message: 'The password is wrong' }],
    });
    expect(await logIn(PASSWORD)).toBe(200);
  });

  test('counts wrong passwords like failed logins', async () => {
    const laptop = await device('A laptop');
    const wrong = { ...change, currentPassword: 'wrong' };
    const guesses = [];
    for (let guess = 0; guess < 4; guess += 1) {
      guesses.push((await laptop.send('PUT', '/password', wrong)).status);
    }
    expect(guesses).toEqual([403, 403, 403, 429]);
    expect(await logIn(PASSWORD)).toBe(429);
  });

  test('holds the new password to the rules of a registration', async () => {
    const laptop = await device('A laptop');
    const { status, body } = await laptop.send('PUT', '/password', {
      ...change,
      newPassword: 'short',
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      errors: [{ path: 'newPassword', message: 'At least 8 characters' }],
    });
  });

  test('puts no password and no hash into the log', async () => {
    const laptop = await device('A laptop');
    await laptop.send('PUT', '/password', change);
    await laptop.send('PUT', '/password', { ...change, currentPassword: 'wrong-guess' });
    const written = app.captured.text();
    expect(written).toContain('/api/auth/me/password');
    for (const secret of [PASSWORD, NEW_PASSWORD, 'wrong-guess', 'argon2', laptop.token]) {
      expect(written).not.toContain(secret);
    }
  });
});

const remove = (from: Device, password = PASSWORD) => from.send('DELETE', '', { password });

describe('deleting the account', () => {
  test('ends all sessions and tokens, and frees the name and the address', async () => {
    const [phone, laptop] = [await device('A phone'), await device('A laptop')];
    expect((await remove(laptop)).status).toBe(204);
    expect(await logIn(PASSWORD)).toBe(401);
    expect([await refreshes(phone), await refreshes(laptop)]).toEqual([false, false]);
    for (const path of ['', '/sessions']) expect((await phone.send('GET', path)).status).toBe(401);
    expect((await remove(laptop)).status).toBe(401);
    const again = await app.call('POST', '/api/auth/users', { body: ann });
    expect(again.status).toBe(201);
  });

  test('with a wrong password is refused, names the field, and counts as a failed login', async () => {
    const laptop = await device('A laptop');
    const { status, body } = await remove(laptop, 'wrong');
    expect(status).toBe(403);
    expect(body).toMatchObject({
      errors: [{ path: 'password', message: 'The password is wrong' }],
    });
    await remove(laptop, 'wrong');
    await remove(laptop, 'wrong');
    expect((await remove(laptop)).status).toBe(429);
    expect((await laptop.send('GET', '')).status).toBe(200);
  });

  test('without a password is refused', async () => {
    const laptop = await device('A laptop');
    const { status, body } = await laptop.send('DELETE', '');
    expect([status, body['errors']]).toEqual([400, [{ path: 'password', message: 'Is required' }]]);
  });

  test('appears in the feed with its time, and nothing else of the user', async () => {
    const laptop = await device('A laptop');
    const { id } = (await laptop.send('GET', '')).body;
    after(60);
    await remove(laptop);
    const feed = await app.call('GET', '/api/auth/removed-users?since=2026-01-01T00:00:00.001Z');
    expect(feed.headers.get('cache-control')).toBe('no-store');
    expect(feed.body).toEqual({
      removed: [{ userId: id, removedAt: '2026-01-01T00:01:00.000Z' }],
      next: null,
    });
  });
});

test.each([
  ['PUT', '/api/auth/me/password', {}],
  ['DELETE', '/api/auth/me', {}],
  ['DELETE', '/api/auth/me/sessions/1', undefined],
])('%s %s without a token is a 401, with invalid input too', async (method, path, body) => {
  expect((await app.call(method, path, { body })).status).toBe(401);
});
