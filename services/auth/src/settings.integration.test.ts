import { testRedis } from '@relay/dev-servers/testing';
import { rangesOf } from '@relay/service-kit/testing/ranges';
import { expect, test } from 'vitest';

import { authVariables } from './config.ts';
import { migratedDatabase, signingKeysFolder, startAuth } from './testing/test-app.ts';

const PERSON = { username: 'ann', email: 'ann@example.org', password: 'password123' };

// Least, these two refuse every body and end every statement.
const {
  BODY_LIMIT_BYTES: _body,
  DATABASE_STATEMENT_TIMEOUT_MS: _statement,
  ...lowered
} = rangesOf(authVariables);

test.each([
  ['greatest', 'max', rangesOf(authVariables), 200],
  // One attempt is allowed to the address.
  ['least', 'min', lowered, 429],
] as const)(
  'everything works with every setting at its %s',
  async (_which, end, ranges, status) => {
    const values = Object.entries(ranges).map(([name, range]) => [name, String(range[end])]);
    const now = new Date();
    const { url: databaseUrl } = await migratedDatabase();
    const app = await startAuth({
      databaseUrl,
      redisUrl: (await testRedis()) ?? undefined,
      keysFolder: await signingKeysFolder(),
      variables: Object.fromEntries(values) as Record<string, string>,
      // A token of one second does not expire on a slow machine.
      clock: () => now,
    });
    const { username, ...login } = PERSON;
    expect((await app.call('POST', '/api/auth/users', { body: PERSON })).status).toBe(201);
    const loggedIn = await app.call('POST', '/api/auth/login', { body: login });
    expect(loggedIn.status).toBe(200);
    const { refreshToken } = loggedIn.body;
    const refreshed = await app.call('POST', '/api/auth/refresh', { body: { refreshToken } });
    expect(refreshed.status).toBe(200);
    const again = await app.call('POST', '/api/auth/refresh', { body: { refreshToken } });
    expect(again.status).toBe(status);
    const headers = { Authorization: `Bearer ${String(refreshed.body['token'])}` };
    const me = await app.call('GET', '/api/auth/me', { headers });
    expect(me).toMatchObject({ status: 200, body: { username } });
  },
);
