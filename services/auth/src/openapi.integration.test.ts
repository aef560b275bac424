import { randomUUID } from 'node:crypto';

import {
  assertOpenApi,
  documentedCalls,
  routedCalls,
} from '@relay/service-kit/testing/openapi-conformance';
import { beforeAll, expect, test } from 'vitest';

import type { Accounts } from './accounts.ts';
import { authOpenApi } from './openapi.ts';
import type { OwnAccount } from './own-account.ts';
import { createRefreshCookie } from './refresh-cookie.ts';
import { createRoutes } from './routes.ts';
import {
  documented,
  migratedDatabase,
  signingKeysFolder,
  startAuth,
  type TestApp,
} from './testing/test-app.ts';

const PERSON = { username: 'ann', email: 'ann@example.org', password: 'password123' };
const REGISTER = '/api/auth/users';
const LOGIN = '/api/auth/login';
const REFRESH = '/api/auth/refresh';
const LOGOUT = '/api/auth/logout';
const BROWSER_LOGIN = '/api/auth/browser/login';
const BROWSER_REFRESH = '/api/auth/browser/refresh';
const BROWSER_LOGOUT = '/api/auth/browser/logout';
const SESSIONS = '/api/auth/me/sessions';
const PASSWORD = '/api/auth/me/password';
const ME = '/api/auth/me';
const REMOVED_USERS = '/api/auth/removed-users';
const BROWSER = [BROWSER_LOGIN, BROWSER_REFRESH, BROWSER_LOGOUT];
/** Of a page of the same origin. */
const PAGE = { 'Sec-Fetch-Site': 'same-origin' };

let app: TestApp;
/** Its database is nowhere. */
let cutOff: TestApp;
/** Lets one address do one thing a minute. */
let strict: TestApp;

beforeAll(async () => {
  const { url: databaseUrl } = await migratedDatabase();
  const keysFolder = await signingKeysFolder();
  const variables = { LOGINS_PER_ACCOUNT: '2', REGISTRATIONS_PER_ADDRESS: '5' };
  app = await startAuth({ databaseUrl, keysFolder, variables });
  strict = await startAuth({
    databaseUrl,
    keysFolder,
    variables: { LOGINS_PER_ADDRESS: '1', REFRESHES_PER_ADDRESS: '1' },
  });
  cutOff = await startAuth({ databaseUrl: 'postgres://a:b@127.0.0.1:1/c', keysFolder });
});

test('the document is OpenAPI 3.1', async () => {
  await expect(assertOpenApi(authOpenApi)).resolves.toBeUndefined();
});

test('every route is documented, and every documented call is routed', () => {
  const router = createRoutes({
    accounts: {} as Accounts,
    ownAccount: {} as OwnAccount,
    refreshCookie: createRefreshCookie({ name: 'relay_refresh', secure: true }),
    removedUsers: { list: async () => ({ removed: [], next: null }) },
    jwks: { keys: [] },
    bodyLimitBytes: 1,
    health: async () => ({ status: 'ok', postgres: 'up', redis: 'up' }),
  });
  expect(routedCalls(router)).toEqual(documentedCalls(authOpenApi));
});

/** The statuses of calls, each held against the document. */
async function statuses(calls: readonly Parameters<TestApp['call']>[], at = app) {
  const seen = [];
  for (const call of calls) seen.push((await at.call(...call)).status);
  return seen;
}

test('every response is as documented, and every documented response occurs', async () => {
  expect(
    await statuses([
      ['POST', REGISTER, { body: PERSON }],
      ['POST', REGISTER, { body: PERSON }],
      ['POST', REGISTER, { body: { ...PERSON, username: 'other' } }],
      ['POST', REGISTER, { body: { ...PERSON, email: 'other@example.org' } }],
      ['POST', REGISTER, { body: { ...PERSON, username: 'other', email: OTHER_LOGIN.email } }],
      ['POST', REGISTER, { body: PERSON }],
    ]),
  ).toEqual([201, 409, 409, 409, 201, 429]);

  const { body: tokens } = await app.call('POST', LOGIN, { body: PERSON_LOGIN });
  const Authorization = `Bearer ${String(tokens['token'])}`;
  const { refreshToken } = tokens;
  expect(
    await statuses([
      ['GET', '/api/auth/me', { headers: { Authorization } }],
      ['GET', '/api/auth/me'],
      ['POST', REFRESH, { body: { refreshToken } }],
      ['POST', REFRESH, { body: { refreshToken: 'unknown' } }],
      ['POST', LOGOUT, { body: { refreshToken } }],
      ['POST', LOGIN, { body: { ...PERSON_LOGIN, password: 'wrong' } }],
      ['POST', LOGIN, { body: { ...PERSON_LOGIN, password: 'wrong' } }],
      ['POST', LOGIN, { body: PERSON_LOGIN }],
    ]),
  ).toEqual([200, 401, 200, 401, 204, 401, 401, 429]);

  const ownLogin = await app.call('POST', LOGIN, { body: OTHER_LOGIN });
  // From another address: its failed logins count apart.
  const own = {
    Authorization: `Bearer ${String(ownLogin.body['token'])}`,
    'X-Forwarded-For': '203.0.113.7',
  };
  const wrongChange = { currentPassword: 'wrong', newPassword: 'password456' };
  const rightChange = { currentPassword: PERSON.password, newPassword: PERSON.password };
  expect(
    await statuses([
      ['GET', SESSIONS, { headers: own }],
      ['GET', SESSIONS],
      ['DELETE', SESSIONS, { headers: own }],
      ['DELETE', SESSIONS],
      ['DELETE', `${SESSIONS}/${randomUUID()}`, { headers: own }],
      ['DELETE', `${SESSIONS}/1`, { headers: own }],
      ['DELETE', `${SESSIONS}/${randomUUID()}`],
      ['PUT', PASSWORD, { headers: own, body: rightChange }],
      ['PUT', PASSWORD, { headers: own, body: wrongChange }],
      ['PUT', PASSWORD, { headers: own, body: wrongChange }],
      ['PUT', PASSWORD, { headers: own, body: wrongChange }],
      ['PUT', PASSWORD, { body: rightChange }],
      ['PUT', PASSWORD, { headers: own, body: {} }],
      ['PUT', PASSWORD, { headers: { 'Content-Type': 'text/plain' }, body: 'hello' }],
      ['PUT', PASSWORD, { body: { newPassword: 'x'.repeat(20_000) } }],
    ]),
  ).toEqual([200, 401, 204, 401, 404, 400, 401, 204, 403, 403, 429, 401, 400, 415, 413]);
  const { body: ended } = await app.call('GET', SESSIONS, { headers: own });
  const [{ id }] = ended['sessions'] as [{ id: string }];
  expect(await statuses([['DELETE', `${SESSIONS}/${id}`, { headers: own }]])).toEqual([204]);

  const elsewhere = { 'X-Forwarded-For': '198.51.100.9' };
  const nearby = { 'X-Forwarded-For': '198.51.100.10' };
  const third = { ...PERSON, username: 'third', email: 'third@example.org' };
  await app.call('POST', REGISTER, { body: third, headers: elsewhere });
  const thirdLogin = await app.call('POST', LOGIN, {
    body: { ...PERSON_LOGIN, email: third.email },
    headers: elsewhere,
  });
  const leaving = { ...elsewhere, Authorization: `Bearer ${String(thirdLogin.body['token'])}` };
  const password = PERSON.password;
  expect(
    await statuses([
      ['DELETE', ME, { headers: leaving, body: { password: 'wrong' } }],
      ['DELETE', ME, { headers: leaving, body: { password: 'wrong' } }],
      ['DELETE', ME, { headers: leaving, body: { password } }],
      ['DELETE', ME, { headers: leaving }],
      ['DELETE', ME, { headers: { ...leaving, 'Content-Type': 'text/plain' }, body: 'hello' }],
      ['DELETE', ME, { headers: leaving, body: { password: 'x'.repeat(20_000) } }],
      ['DELETE', ME, { headers: leaving, body: '{' }],
      ['DELETE', ME, { headers: { ...leaving, ...nearby }, body: { password } }],
      ['DELETE', ME, { headers: { ...leaving, ...nearby }, body: { password } }],
      ['DELETE', ME, { body: { password } }],
      ['GET', REMOVED_USERS],
      ['GET', `${REMOVED_USERS}?since=2026-01-01T00:00:00Z&limit=1`],
      ['GET', `${REMOVED_USERS}?since=yesterday`],
    ]),
  ).toEqual([403, 403, 429, 400, 415, 413, 400, 204, 401, 401, 200, 200, 400]);

  const browserLogin = await app.call('POST', BROWSER_LOGIN, { body: OTHER_LOGIN, headers: PAGE });
  const [cookie] = browserLogin.headers.getSetCookie();
  const headers = { ...PAGE, Cookie: cookie!.split(';')[0]! };
  expect(browserLogin.status).toBe(200);
  expect(
    await statuses([
      ['POST', BROWSER_REFRESH, { headers }],
      ['POST', BROWSER_REFRESH, { headers: PAGE }],
      ['POST', BROWSER_LOGOUT, { headers }],
      ['POST', BROWSER_LOGIN, { headers: PAGE, body: { ...OTHER_LOGIN, password: 'wrong' } }],
      ['POST', BROWSER_LOGIN, { headers: PAGE, body: { ...OTHER_LOGIN, password: 'wrong' } }],
      ['POST', BROWSER_LOGIN, { headers: PAGE, body: OTHER_LOGIN }],
      ['POST', BROWSER_LOGIN, { body: OTHER_LOGIN }],
      ['POST', BROWSER_REFRESH],
      ['POST', BROWSER_LOGOUT],
    ]),
  ).toEqual([200, 401, 204, 401, 401, 429, 403, 403, 403]);

  for (const path of [REGISTER, LOGIN, REFRESH, LOGOUT, BROWSER_LOGIN]) {
    expect(
      await statuses([
        ['POST', path, { body: {}, headers: PAGE }],
        ['POST', path, { headers: PAGE }],
      ]),
    ).toEqual([400, 400]);
  }
  for (const path of [REGISTER, LOGIN, REFRESH, LOGOUT, ...BROWSER]) {
    const text = { body: 'hello', headers: { 'Content-Type': 'text/plain' } };
    const large = { body: { email: 'x'.repeat(20_000) } };
    expect(
      await statuses([
        ['POST', path, { body: '{' }],
        ['POST', path, text],
        ['POST', path, large],
      ]),
    ).toEqual([400, 415, 413]);
  }

  const open = ['/api/auth/.well-known/jwks.json', '/api/auth/openapi.json'];
  const health = ['/health', '/api/auth/health'];
  for (const path of [...open, ...health]) expect(await statuses([['GET', path]])).toEqual([200]);
  for (const path of open) expect(await statuses([['GET', path]], cutOff)).toEqual([200]);
  for (const path of health) expect(await statuses([['GET', path]], cutOff)).toEqual([503]);

  expect(
    await statuses(
      [
        ['POST', REGISTER, { body: PERSON }],
        ['POST', LOGIN, { body: PERSON_LOGIN }],
        ['POST', REFRESH, { body: { refreshToken } }],
        ['POST', LOGOUT, { body: { refreshToken } }],
        ['GET', '/api/auth/me', { headers: { Authorization } }],
        ['POST', BROWSER_LOGIN, { headers, body: PERSON_LOGIN }],
        ['POST', BROWSER_REFRESH, { headers }],
        ['POST', BROWSER_LOGOUT, { headers }],
        ['GET', SESSIONS, { headers: { Authorization } }],
        ['DELETE', SESSIONS, { headers: { Authorization } }],
        ['DELETE', `${SESSIONS}/${id}`, { headers: { Authorization } }],
        ['PUT', PASSWORD, { headers: { Authorization }, body: rightChange }],
        ['DELETE', ME, { headers: { Authorization }, body: { password } }],
        ['GET', REMOVED_USERS],
      ],
      cutOff,
    ),
  ).toEqual(Array.from({ length: 14 }, () => 503));

  const refresh = ['POST', REFRESH, { body: { refreshToken } }] as const;
  const inBrowser = ['POST', BROWSER_REFRESH, { headers }] as const;
  expect(await statuses([[...refresh], [...refresh], [...inBrowser]], strict)).toEqual([
    401, 429, 429,
  ]);

  expect(documented.unvisited()).toEqual([]);
});

const { username: _username, ...PERSON_LOGIN } = PERSON;
const OTHER_LOGIN = { ...PERSON_LOGIN, email: 'other@example.org' };

test('is served unchanged', async () => {
  const { body } = await app.call('GET', '/api/auth/openapi.json');
  expect(body).toEqual(JSON.parse(JSON.stringify(authOpenApi)));
});
