import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

import { testDatabase } from '@relay/dev-servers/testing';
import { runToExit, startServiceProcess } from '@relay/service-kit/testing/service-process';
import { describe, expect, test, vi } from 'vitest';

import { authSchema } from './migrations.ts';
import { connectAuthDatabase, migratedDatabase, signingKeysFolder } from './testing/test-app.ts';

describe('a process that cannot start prints the reason and exits with 1', () => {
  test('names each variable without its value', async () => {
    const { code, stdout, stderr } = await runToExit(import.meta.dirname, 'main.ts', {
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
    const { code, stderr } = await runToExit(import.meta.dirname, 'main.ts', {
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
    const { code, stderr } = await runToExit(import.meta.dirname, 'main.ts', {
      DATABASE_URL: 'postgres://127.0.0.1:1/relay',
      SIGNING_KEYS_DIR: '/nowhere',
    });
    expect(code).toBe(1);
    expect(stderr).toBe('Cannot start:\nSIGNING_KEYS_DIR: the folder /nowhere cannot be read\n');
  });

  test('prints why it cannot migrate, without a password', async () => {
    const elsewhere = new URL(await testDatabase());
    elsewhere.pathname = '/nowhere';
    const { code, stderr } = await runToExit(import.meta.dirname, 'migrate.ts', {
      DATABASE_URL: 'postgres://relay_auth:secret@127.0.0.1/relay',
      OWNER_DATABASE_URL: elsewhere.href,
    });
    expect(code).toBe(1);
    expect(stderr).toBe('Cannot start:\nschema auth: database "nowhere" does not exist\n');
  });
});

test('migrates, starts, and answers the request in progress after SIGTERM', async () => {
  const ownerUrl = await testDatabase();
  const serviceUrl = new URL(ownerUrl);
  serviceUrl.username = `${serviceUrl.pathname.slice(1)}_main`;
  serviceUrl.password = 'p%40ss';
  const migration = { OWNER_DATABASE_URL: ownerUrl, DATABASE_URL: serviceUrl.href };
  const migrated = await runToExit(import.meta.dirname, 'migrate.ts', migration);
  expect(migrated).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(migrated.stdout)).toEqual({
    schema: 'auth',
    applied: authSchema.migrations.map(({ name }) => name),
  });

  const service = await startServiceProcess(import.meta.dirname, {
    DATABASE_URL: serviceUrl.href,
    DATABASE_STATEMENT_TIMEOUT_MS: '20000',
    SIGNING_KEYS_DIR: await signingKeysFolder(),
  });
  await service.logged('Ready');
  expect((await fetch(`${service.adminUrl}/readyz`)).status).toBe(200);

  // A lock of the owner blocks the login until the test releases it.
  const owner = connectAuthDatabase(ownerUrl);
  const { answered } = await owner.transaction(async (holder) => {
    await holder.raw('lock table auth.users in access exclusive mode');
    const waiting = slowLogin(service.url);
    await vi.waitFor(async () => {
      const { rows } = await owner.raw(
        `select 1 from pg_locks where relation = 'auth.users'::regclass and not granted`,
      );
      expect(rows).toHaveLength(1);
    }, 10_000);
    service.kill('SIGTERM');
    await service.logged('Shutting down');
    expect((await fetch(`${service.adminUrl}/readyz`)).status).toBe(503);
    await expect(fetch(`${service.url}/health`)).rejects.toThrow('fetch failed');
    return { answered: waiting };
  });
  expect(await answered).toEqual({ status: 401, connection: 'close' });
  expect(await service.exit).toMatchObject({ code: 0 });
});

/** On a connection that the client would keep. */
function slowLogin(url: string) {
  const agent = new Agent({ keepAlive: true });
  const sent = request(`${url}/api/auth/login`, {
    agent,
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
  });
  sent.end('{"email":"a@example.org","password":"password123"}');
  return once(sent, 'response').then(([response]) => {
    response.resume();
    return { status: response.statusCode as number, connection: response.headers.connection };
  });
}

test('waits for the migration: live but not ready', async () => {
  const service = await startServiceProcess(import.meta.dirname, {
    DATABASE_URL: await testDatabase(),
    SIGNING_KEYS_DIR: await signingKeysFolder(),
  });
  expect((await fetch(`${service.adminUrl}/livez`)).status).toBe(200);
  expect((await fetch(`${service.adminUrl}/readyz`)).status).toBe(503);
  service.kill('SIGINT');
  expect(await service.exit).toMatchObject({ code: 0 });
});

test('works with the permissions of its own role', async () => {
  const { url } = await migratedDatabase();
  const service = await startServiceProcess(import.meta.dirname, {
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
  const api = service.url;
  expect((await fetch(`${api}/api/auth/users`, options)).status).toBe(201);
  expect((await fetch(`${api}/metrics`)).status).toBe(404);
  const metrics = await (await fetch(`${service.adminUrl}/metrics`)).text();
  expect(metrics).toContain(
    'http_requests_total{method="POST",route="/api/auth/users",status="201"} 1',
  );
});
