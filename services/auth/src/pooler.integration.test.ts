import { testDatabase } from '@relay/local/testing';
import { migrate } from '@relay/service-kit';
import { findPgBouncer, startPgBouncer, type PgBouncer } from '@relay/service-kit/testing';
import createKnex from 'knex';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

import { authSchema } from './schema.ts';
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
    const role = new URL(ownerUrl);
    role.username = `${role.pathname.slice(1)}_auth`;
    role.password = 'secret';
    serviceUrl = role.href;
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

  /** What another client of the pooler may leave behind in all sessions of the service's role. */
  async function loseSearchPath(): Promise<void> {
    const stranger = createKnex({
      client: 'pg',
      connection: pooler.through(serviceUrl),
      pool: { min: 0, max: POOL_SIZE },
    });
    const sessions = await Promise.all(
      Array.from({ length: POOL_SIZE }, () => stranger.transaction()),
    );
    for (const session of sessions) await session.raw('set search_path to nowhere');
    for (const session of sessions) await session.commit();
    await stranger.destroy();
  }

  test('registers, logs in, refreshes and logs out whatever the search path', async () => {
    await loseSearchPath();
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
