import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

import { testDatabase } from '@relay/dev-servers/testing';
import { describe, expect, test, vi } from 'vitest';

import { authSchema } from './schema.ts';
import { runToTheEnd, startService } from './testing/process.ts';
import { connectAuthDatabase, migratedDatabase, signingKeysFolder } from './testing/test-app.ts';

describe('a process that cannot start says why and ends with 1', () => {
  test('names each variable, and the value of none', async () => {
    const { code, stdout, stderr } = await runToTheEnd('main.ts', {
      PORT: 'secret-1',
      REDIS_URL: 'http://user:secret-2@redis',
    });
    expect(code).toBe(1);
    expect(stderr.split('\n')).toEqual([
      'Cannot start:',
      'PORT: must be a whole number from 0 to 65535',
      'DATABASE_URL: is required and not set',
      'REDIS_URL: must be a URL that begins with redis:// or rediss://',
      'SIGNING_KEYS_DIR: is required and not set',
      '',
    ]);
    expect(stdout).toBe('');
  });

  test('names the port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await runToTheEnd('main.ts', {
      HOST: '127.0.0.1',
      PORT: '0',
      ADMIN_PORT: String(port),
      DATABASE_URL: 'postgres://127.0.0.1:1/relay',
      SIGNING_KEYS_DIR: await signingKeysFolder(),
    });
    expect(code).toBe(1);
    expect(stderr).toBe(`Cannot start:\nADMIN_PORT: port ${port} is already in use\n`);
    await new Promise((resolve) => other.close(resolve));
  });

  test('names the folder without keys', async () => {
    const { code, stderr } = await runToTheEnd('main.ts', {
      DATABASE_URL: 'postgres://127.0.0.1:1/relay',
      SIGNING_KEYS_DIR: '/nowhere',
    });
    expect(code).toBe(1);
    expect(stderr).toBe('Cannot start:\nSIGNING_KEYS_DIR: the folder /nowhere cannot be read\n');
  });

  test('says why it cannot migrate, and no password', async () => {
    const elsewhere = new URL(await testDatabase());
    elsewhere.pathname = '/nowhere';
    const { code, stderr } = await runToTheEnd('migrate.ts', {
      DATABASE_URL: 'postgres://relay_auth:secret@127.0.0.1/relay',
      OWNER_DATABASE_URL: elsewhere.href,
    });
    expect(code).toBe(1);
    expect(stderr).toBe('Cannot start:\nschema auth: database "nowhere" does not exist\n');
  });
});

test('migrates, starts, and ends on SIGTERM with the answer that is under way', async () => {
  const ownerUrl = await testDatabase();
  const serviceUrl = new URL(ownerUrl);
  serviceUrl.username = `${serviceUrl.pathname.slice(1)}_main`;
  serviceUrl.password = 'p%40ss';
  const migration = { OWNER_DATABASE_URL: ownerUrl, DATABASE_URL: serviceUrl.href };
  const migrated = await runToTheEnd('migrate.ts', migration);
  expect(migrated).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(migrated.stdout)).toEqual({
    schema: 'auth',
    applied: authSchema.migrations.map(({ name }) => name),
  });

  const service = await startService({
    DATABASE_URL: serviceUrl.href,
    DATABASE_STATEMENT_TIMEOUT_MS: '20000',
    SIGNING_KEYS_DIR: await signingKeysFolder(),
  });
  await service.logged('Ready');
  expect((await fetch(`${service.admin}/readyz`)).status).toBe(200);

  // A lock that the owner holds makes a login wait for as long as this test wants.
  const owner = connectAuthDatabase(ownerUrl);
  const { answered } = await owner.transaction(async (holder) => {
    await holder.raw('lock table auth.users in access exclusive mode');
    const waiting = slowLogin(service.port);
    await vi.waitFor(async () => {
      const { rows } = await owner.raw(
        `select 1 from pg_locks where relation = 'auth.users'::regclass and not granted`,
      );
      expect(rows).toHaveLength(1);
    }, 10_000);
    service.child.kill('SIGTERM');
    await service.logged('Shutting down');
    expect((await fetch(`${service.admin}/readyz`)).status).toBe(503);
    await expect(fetch(`http://127.0.0.1:${service.port}/health`)).rejects.toThrow('fetch failed');
    return { answered: waiting };
  });
  expect(await answered).toEqual({ status: 401, connection: 'close' });
  expect(await service.exit).toBe(0);
});

/** On a connection that the client would keep. */
function slowLogin(port: number) {
  const agent = new Agent({ keepAlive: true });
  const sent = request({
    host: '127.0.0.1',
    port,
    agent,
    method: 'POST',
    path: '/api/auth/login',
    headers: { 'Content-Type': 'application/json' },
  });
  sent.end('{"email":"a@example.org","password":"password123"}');
  return once(sent, 'response').then(([response]) => {
    response.resume();
    return { status: response.statusCode as number, connection: response.headers.connection };
  });
}

test('waits for a database that is not migrated yet, and tells the probes apart', async () => {
  const service = await startService({
    DATABASE_URL: await testDatabase(),
    SIGNING_KEYS_DIR: await signingKeysFolder(),
  });
  expect((await fetch(`${service.admin}/livez`)).status).toBe(200);
  expect((await fetch(`${service.admin}/readyz`)).status).toBe(503);
  service.child.kill('SIGINT');
  expect(await service.exit).toBe(0);
});

test('serves what its own role may do and nothing of the owner’s', async () => {
  const { url } = await migratedDatabase();
  const service = await startService({
    DATABASE_URL: url,
    SIGNING_KEYS_DIR: await signingKeysFolder(),
  });
  await service.logged('Ready');
  const body = { username: 'ann', email: 'ann@example.org', password: 'password123' };
  const options = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
  const api = `http://127.0.0.1:${service.port}`;
  expect((await fetch(`${api}/api/auth/users`, options)).status).toBe(201);
  expect((await fetch(`${api}/metrics`)).status).toBe(404);
  const metrics = await (await fetch(`${service.admin}/metrics`)).text();
  expect(metrics).toContain(
    'http_requests_total{method="POST",route="/api/auth/users",status="201"} 1',
  );
});
