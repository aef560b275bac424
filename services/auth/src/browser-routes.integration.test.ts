import { beforeAll, describe, expect, test } from 'vitest';

import {
  migratedDatabase,
  signingKeysFolder,
  startAuth,
  type Answer,
  type TestApp,
} from './testing/test-app.ts';

const LOGIN = { email: 'ann@example.org', password: 'password123' };
const PAGE = { 'Sec-Fetch-Site': 'same-origin' };
const LOGIN_PATH = '/api/auth/browser/login';
const REFRESH_PATH = '/api/auth/browser/refresh';
const LOGOUT_PATH = '/api/auth/browser/logout';

const START = new Date('2026-01-01T00:00:00Z');
let app: TestApp;
let plainHttp: TestApp;
let now = START;

beforeAll(async () => {
  const { url: databaseUrl } = await migratedDatabase();
  const keysFolder = await signingKeysFolder();
  const variables = { LOGINS_PER_ADDRESS: '1000' };
  const given = { databaseUrl, keysFolder, clock: () => now };
  app = await startAuth({ ...given, variables });
  const plain = { COOKIE_SECURE: 'false', COOKIE_NAME: 'relay_refresh_5050' };
  plainHttp = await startAuth({ ...given, variables: { ...variables, ...plain } });
  await app.call('POST', '/api/auth/users', { body: { username: 'ann', ...LOGIN } });
});

/** Does this so many seconds after the start. */
async function at<T>(seconds: number, act: () => Promise<T>): Promise<T> {
  now = new Date(START.getTime() + seconds * 1000);
  try {
    return await act();
  } finally {
    now = START;
  }
}

const send = (path: string, cookie?: string, headers: Record<string, string> = PAGE) =>
  app.call('POST', path, { headers: { ...headers, ...(cookie && { Cookie: cookie }) } });
const logIn = (at = app) => at.call('POST', LOGIN_PATH, { body: LOGIN, headers: PAGE });

/** The name and value of the cookie that a response sets, and its attributes. */
function cookieOf({ headers }: Answer): { pair: string; attributes: string[] } {
  const [cookie = '', ...others] = headers.getSetCookie();
  expect(others).toEqual([]);
  const [pair = '', ...attributes] = cookie.split('; ');
  return { pair, attributes };
}

const DELETED = {
  pair: '__Secure-relay_refresh=',
  attributes: expect.arrayContaining([
    'path=/api/auth/browser',
    'expires=Thu, 01 Jan 1970 00:00:00 GMT',
  ]),
};

test('a login returns the access token alone, and sets the refresh token as a cookie', async () => {
  const answer = await logIn();
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.body).toEqual({ token: expect.any(String), expiresIn: 900 });
  const { pair, attributes } = cookieOf(answer);
  expect(pair).toMatch(/^__Secure-relay_refresh=[\w-]{43}$/);
  expect(attributes.toSorted()).toEqual([
    'expires=Sat, 31 Jan 2026 00:00:00 GMT',
    'httponly',
    'path=/api/auth/browser',
    'samesite=strict',
    'secure',
  ]);
});

test('the cookie has the name of COOKIE_NAME, and without COOKIE_SECURE neither attribute nor prefix', async () => {
  const { pair, attributes } = cookieOf(await logIn(plainHttp));
  expect(pair).toMatch(/^relay_refresh_5050=/);
  expect(attributes).not.toContain('secure');
  const headers = { ...PAGE, Cookie: pair };
  expect((await plainHttp.call('POST', REFRESH_PATH, { headers })).status).toBe(200);
});

test('a failed login sets no cookie', async () => {
  const body = { ...LOGIN, password: 'wrong' };
  const { status, headers } = await app.call('POST', LOGIN_PATH, { body, headers: PAGE });
  expect([status, headers.getSetCookie()]).toEqual([401, []]);
});

describe('a refresh', () => {
  test('returns the next access token and the next cookie, which ends with the session', async () => {
    const { pair } = cookieOf(await logIn());
    const answer = await at(3600, () => send(REFRESH_PATH, pair));
    const next = cookieOf(answer);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toEqual({ token: expect.any(String), expiresIn: 900 });
    expect(next.pair).not.toBe(pair);
    expect(next.attributes).toContain('expires=Sat, 31 Jan 2026 00:00:00 GMT');
    expect((await at(3700, () => send(REFRESH_PATH, next.pair))).status).toBe(200);
  });

  test('of two tabs at once sets one cookie', async () => {
    const { pair } = cookieOf(await logIn());
    const both = await Promise.all([send(REFRESH_PATH, pair), send(REFRESH_PATH, pair)]);
    const [first, second] = both.map(cookieOf);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(second).toEqual(first);
  });

  test('without a cookie is a 401', async () => {
    expect((await send(REFRESH_PATH)).status).toBe(401);
  });

  test('with an invalid cookie is a 401 that deletes it', async () => {
    const answer = await send(REFRESH_PATH, '__Secure-relay_refresh=unknown');
    expect(answer.status).toBe(401);
    expect(cookieOf(answer)).toEqual(DELETED);
  });

  test('after a lost response returns the same cookie, hours later too', async () => {
    const { pair } = cookieOf(await logIn());
    const lost = cookieOf(await send(REFRESH_PATH, pair));
    const again = await at(7200, () => send(REFRESH_PATH, pair));
    expect([again.status, cookieOf(again)]).toEqual([200, lost]);
  });

  test('with a cookie from two refreshes earlier ends the session and deletes the cookie', async () => {
    const { pair } = cookieOf(await logIn());
    const next = cookieOf(await send(REFRESH_PATH, pair));
    const last = cookieOf(await send(REFRESH_PATH, next.pair));
    await at(10, async () => {
      expect(cookieOf(await send(REFRESH_PATH, pair))).toEqual(DELETED);
      expect((await send(REFRESH_PATH, last.pair)).status).toBe(401);
    });
  });
});

describe('a logout', () => {
  test('ends the session and deletes the cookie', async () => {
    const { pair } = cookieOf(await logIn());
    const answer = await send(LOGOUT_PATH, pair);
    expect(answer.status).toBe(204);
    expect(cookieOf(answer)).toEqual(DELETED);
    expect((await send(REFRESH_PATH, pair)).status).toBe(401);
  });

  test('without a session is a 204 too', async () => {
    expect((await send(LOGOUT_PATH)).status).toBe(204);
  });
});

test.each([REFRESH_PATH, LOGOUT_PATH])(
  '%s refuses two cookies, and leaves them alone',
  async (path) => {
    const { pair } = cookieOf(await logIn());
    const planted = cookieOf(await logIn()).pair;
    for (const both of [`${pair}; ${planted}`, `${planted};a=b;${pair}`, `${pair}; ${pair}`]) {
      const answer = await send(path, both);
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([400, []]);
    }
    for (const one of [pair, planted]) expect((await send(REFRESH_PATH, one)).status).toBe(200);
  },
);

test('a cookie of a similar name is not a second one', async () => {
  const { pair } = cookieOf(await logIn());
  const similar = `${pair.replace('=', '_2=')}; relay_refresh=a; a=${pair}`;
  expect((await send(REFRESH_PATH, `${similar}; ${pair}`)).status).toBe(200);
});

describe('a request of another site', () => {
  test.each([
    ['with fetch metadata', { 'Sec-Fetch-Site': 'cross-site' }],
    ['of a subdomain', { 'Sec-Fetch-Site': 'same-site' }],
    ['with an origin only', { Origin: 'https://evil.example' }],
    ['without either', {}],
  ])('%s is refused, and leaves session and cookie alone', async (_name, headers) => {
    const { pair } = cookieOf(await logIn());
    for (const path of [REFRESH_PATH, LOGOUT_PATH]) {
      const answer = await send(path, pair, headers);
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []]);
    }
    const login = await app.call('POST', LOGIN_PATH, { body: LOGIN, headers });
    expect([login.status, login.headers.getSetCookie()]).toEqual([403, []]);
    expect((await send(REFRESH_PATH, pair)).status).toBe(200);
  });

  test('an Origin of the same host stands in for fetch metadata', async () => {
    const { pair } = cookieOf(await logIn());
    expect((await send(REFRESH_PATH, pair, { Origin: app.url })).status).toBe(200);
  });
});

test('a refresh token is not accepted from the cookie elsewhere', async () => {
  const { pair } = cookieOf(await logIn());
  expect((await send('/api/auth/refresh', pair)).status).toBe(400);
});

test('the log has no token', async () => {
  const { pair } = cookieOf(await logIn());
  await send(REFRESH_PATH, pair);
  const written = app.captured.text();
  expect(written).toContain(REFRESH_PATH);
  expect(written).not.toContain(pair.split('=')[1]);
});
