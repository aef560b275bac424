import { testRedis } from '@relay/local/testing';
import { rangesOf } from '@relay/service-kit/testing';
import { expect, test } from 'vitest';

import { authVariables } from './config.ts';
import { migratedDatabase, signingKeysFolder, startAuth } from './testing/test-app.ts';

const PERSON = { username: 'ann', email: 'ann@example.org', password: 'password123' };

test('everything works with every setting at its greatest', async () => {
  const greatest = Object.entries(rangesOf(authVariables)).map(([name, { max }]) => [name, max]);
  const { url: databaseUrl } = await migratedDatabase();
  const app = await startAuth({
    databaseUrl,
    redisUrl: (await testRedis()) ?? undefined,
    keysFolder: await signingKeysFolder(),
    variables: Object.fromEntries(greatest.map(([name, max]) => [name, String(max)])),
  });
  const { username, ...login } = PERSON;
  expect((await app.call('POST', '/api/auth/users', { body: PERSON })).status).toBe(201);
  const loggedIn = await app.call('POST', '/api/auth/login', { body: login });
  expect(loggedIn.status).toBe(200);
  const { refreshToken } = loggedIn.body;
  const refreshed = await app.call('POST', '/api/auth/refresh', { body: { refreshToken } });
  expect(refreshed.status).toBe(200);
  const headers = { Authorization: `Bearer ${String(refreshed.body['token'])}` };
  const me = await app.call('GET', '/api/auth/me', { headers });
  expect(me).toMatchObject({ status: 200, body: { username } });
});
