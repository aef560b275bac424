import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { accessTokenCases } from '@relay/access-token/testing';
import { beforeAll, expect, test } from 'vitest';

import {
  migratedDatabase,
  signingKeysFolder,
  startAuth,
  type TestApp,
} from './testing/test-app.ts';

let app: TestApp;
let keysFolder: string;
let user: Record<string, unknown>;
beforeAll(async () => {
  keysFolder = await signingKeysFolder();
  app = await startAuth({ databaseUrl: (await migratedDatabase()).url, keysFolder });
  const body = { username: 'ann', email: 'ann@example.org', password: 'password123' };
  ({ body: user } = await app.call('POST', '/api/auth/users', { body }));
});

test('GET /api/auth/me accepts and rejects the same tokens as every service, without a 500', async () => {
  const pem = await readFile(path.join(keysFolder, 'current.pem'));
  const cases = accessTokenCases({
    privateKey: createPrivateKey(pem),
    kid: app.service.jwks.keys[0]!.kid!,
    sub: String(user['id']),
    username: 'ann',
  });
  const answers = [];
  for (const { name, authorization } of cases) {
    const headers = { Authorization: authorization };
    const { status } = await app.call('GET', '/api/auth/me', { headers });
    answers.push([name, status]);
  }
  expect(answers).toEqual(cases.map(({ name, accepted }) => [name, accepted ? 200 : 401]));
});
