import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';

import { testDatabase } from '@relay/dev-servers/testing';
import { createMetrics, type Metrics } from '@relay/service-kit/metrics/metrics';
import { connectDatabase } from '@relay/service-kit/postgres/database';
import { migrate } from '@relay/service-kit/postgres/migrations';
import { listenForTests } from '@relay/service-kit/testing/http';
import { captureLog } from '@relay/service-kit/testing/log';
import { conformance } from '@relay/service-kit/testing/openapi-conformance';
import type { Knex } from 'knex';
import { afterAll, inject } from 'vitest';

import { readAuthConfig } from '../config.ts';
import { authSchema } from '../migrations.ts';
import { authOpenApi } from '../openapi.ts';
import type { Passwords } from '../passwords.ts';
import { createAuthService, type AuthService } from '../service.ts';
import { ensureSigningKeys } from '../signing-keys.ts';

// Vitest imports this module once per test file, so `afterAll` runs at the end of each.
const cleanUps: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  await Promise.all(cleanUps.splice(0).map((cleanUp) => cleanUp()));
});

/** Creates a migrated database. `url` has the service's role. */
export async function migratedDatabase(): Promise<{ ownerUrl: string; url: string }> {
  const ownerUrl = await testDatabase();
  const url = new URL(ownerUrl);
  url.username = `${url.pathname.slice(1)}_auth`;
  url.password = 'role-secret';
  await migrate({ ownerUrl, serviceUrl: url.href, schema: authSchema });
  return { ownerUrl, url: url.href };
}

export function connectAuthDatabase(url: string, statementTimeoutMs = 3000): Knex {
  const db = connectDatabase({
    url,
    poolSize: 10,
    statementTimeoutMs,
    schema: authSchema.name,
    applicationName: 'auth-test',
  });
  cleanUps.push(() => db.destroy());
  return db;
}

/** Creates a folder with a signing key. */
export async function signingKeysFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(inject('testFolder'), 'keys-'));
  await ensureSigningKeys(folder);
  return folder;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

export interface TestApp {
  url: string;
  service: AuthService;
  metrics: Metrics;
  /** Sends a request and validates the response against the OpenAPI document. */
  call(
    method: string,
    path: string,
    options?: { body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer>;
  captured: ReturnType<typeof captureLog>;
}

/** Tracks the documented responses that the calls of this test file have received. */
export const documented = conformance(authOpenApi);

interface Given {
  databaseUrl: string;
  keysFolder: string;
  redisUrl?: string | undefined;
  variables?: Record<string, string>;
  clock?: () => Date;
  passwords?: Passwords;
  maxHashWaitMs?: number;
  cleanupPeriodMs?: number;
}

/** Starts the service as in `main.ts`, on a free port. */
export async function startAuth(given: Given): Promise<TestApp> {
  const captured = captureLog();
  const metrics = createMetrics({ service: 'auth', version: '0.0.0-test' });
  const service = await createAuthService({
    config: readAuthConfig({
      DATABASE_URL: given.databaseUrl,
      SIGNING_KEYS_DIR: given.keysFolder,
      // One hop, so that tests can set client addresses.
      TRUSTED_HOPS: '1',
      ...(given.redisUrl && { REDIS_URL: given.redisUrl }),
      ...given.variables,
    }),
    log: captured.log,
    metrics,
    ...(given.clock && { clock: given.clock }),
    ...(given.passwords && { passwords: given.passwords }),
    ...(given.maxHashWaitMs && { maxHashWaitMs: given.maxHashWaitMs }),
    ...(given.cleanupPeriodMs && { cleanupPeriodMs: given.cleanupPeriodMs }),
  });
  cleanUps.push(async () => {
    for (const close of service.closeInOrder) await close();
  });
  const url = await listenForTests(service.handle);
  return {
    url,
    service,
    metrics,
    captured,
    async call(method: string, to: string, { body, headers = {} } = {}) {
      const response = await fetch(`${url}${to}`, {
        method,
        headers: body === undefined ? headers : { 'Content-Type': 'application/json', ...headers },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      await documented.check(method, to, response);
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: JSON.parse(text || '{}') as Record<string, unknown>,
      };
    },
  };
}
