import { testDatabase } from '@relay/dev-servers/testing';
import { migrate } from '@relay/service-kit/postgres/migrations';
import {
  findPgBouncer,
  changeSearchPath,
  serviceUrlOf,
  startPgBouncer,
  type PgBouncer,
} from '@relay/service-kit/testing/pgbouncer';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

import { authSchema } from './migrations.ts';
import { signingKeysFolder, startAuth, type TestApp } from './testing/test-app.ts';

const program = await findPgBouncer();
const POOL_SIZE = 5;
const ann = { username: 'ann', email: 'ann@example.com', password: 'correct horse battery' };

describe.skipIf(program === undefined)('behind PgBouncer in transaction mode', () => {
  let pooler: PgBouncer;
  let serviceUrl: string;
  let app: TestApp;

  beforeAll(async () => {
    const ownerUrl = await testDatabase();
    serviceUrl = serviceUrlOf(ownerUrl);
    pooler = await startPgBouncer({
      program: program!,
      dir: inject('testFolder'),
      urls: [ownerUrl, serviceUrl],
      poolSize: POOL_SIZE,
    });
    const migration = { ownerUrl: pooler.through(ownerUrl), serviceUrl, schema: authSchema };
    await migrate({ ...migration, statementTimeoutMs: 3000 });
    app = await startAuth({
      databaseUrl: pooler.through(serviceUrl),
      keysFolder: await signingKeysFolder(),
    });
  });
  afterAll(() => pooler?.stop());

  test('registers, logs in, refreshes and logs out with any search path', async () => {
    await changeSearchPath(pooler.through(serviceUrl), POOL_SIZE);
    const registered = await app.call('POST', '/api/auth/users', { body: ann });
    expect(registered.status).toBe(201);
    expect(await app.call('POST', '/api/auth/users', { body: ann })).toMatchObject({ status: 409 });
    const login = await app.call('POST', '/api/auth/login', {
      body: { email: ann.email, password: ann.password },
    });
    expect(login.status).toBe(200);
    const { refreshToken } = login.body;
    const refreshed = await app.call('POST', '/api/auth/refresh', { body: { refreshToken } });
    expect(refreshed.status).toBe(200);
    const logout = { body: { refreshToken: refreshed.body['refreshToken'] } };
    expect((await app.call('POST', '/api/auth/logout', logout)).status).toBe(204);
    expect((await app.service.health()).status).toBe('ok');
  });
});
