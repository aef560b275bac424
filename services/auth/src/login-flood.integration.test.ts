import { Agent, request } from 'node:http';

import { scrape, seriesOf } from '@relay/service-kit/testing/metrics-table';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';

import type { Passwords } from './passwords.ts';
import {
  migratedDatabase,
  signingKeysFolder,
  startAuth,
  type TestApp,
} from './testing/test-app.ts';

// Of three threads one hashes, and a hundred wait.
const RUNNING = 1;
const WAITING = 100;
const FLOOD = 150;

// For machines that are busy.
vi.setConfig({ testTimeout: 60_000 });

let checks: (() => void)[];
let isHeld: boolean;
let checked: number;
let app: TestApp;
let clients = 0;

/** No password matches, and the test decides when each check ends. */
const held: Passwords = {
  hash: async () => 'a hash',
  async matches() {
    checked += 1;
    if (isHeld) await new Promise<void>((resolve) => checks.push(resolve));
    return false;
  },
};

beforeEach(async () => {
  checks = [];
  checked = 0;
  isHeld = true;
  onTestFinished(release);
  app = await startAuth({
    databaseUrl: (await migratedDatabase()).url,
    keysFolder: await signingKeysFolder(),
    variables: { UV_THREADPOOL_SIZE: '3' },
    passwords: held,
    maxHashWaitMs: 60_000,
  });
});

function release(): void {
  isHeld = false;
  for (const finish of checks.splice(0)) finish();
}

/** A login from a new address. */
function logIn() {
  clients += 1;
  const headers = { 'X-Forwarded-For': `2001:db8:0:${clients.toString(16)}::1` };
  const body = { email: `user${clients}@example.org`, password: 'password123' };
  return app.call('POST', '/api/auth/login', { body, headers });
}

const metric = async (name: string) => seriesOf(await scrape(app.metrics)).get(name);
const hashes = (state: string) => metric(`auth_password_hashes{state="${state}"}`);
const refusals = (reason: string) =>
  metric(`auth_password_hash_refusals_total{reason="${reason}"}`);

test('logins beyond the queue are rejected before any hashing', async () => {
  const answers: Awaited<ReturnType<typeof logIn>>[] = [];
  const flood = Array.from({ length: FLOOD }, async () => answers.push(await logIn()));
  const refusedCount = FLOOD - RUNNING - WAITING;
  await vi.waitFor(() => expect(answers).toHaveLength(refusedCount), 25_000);
  expect((await app.call('GET', '/api/auth/health')).status).toBe(200);
  release();
  await Promise.all(flood);

  const refused = answers.filter(({ status }) => status === 503);
  expect(refused).toHaveLength(refusedCount);
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(RUNNING + WAITING);
  expect(checked).toBe(RUNNING + WAITING);
  for (const { headers, body } of refused) {
    expect(headers.get('retry-after')).toBe('1');
    expect(body).toMatchObject({
      type: 'urn:relay:problem:unavailable',
      detail: 'Too many passwords are waiting to be hashed: try again later',
    });
  }
  expect(await refusals('full')).toBe(refusedCount);
});

const queries = () => metric('postgres_query_duration_seconds_count{query="users.byEmail"}');

test('logins that wait in the queue leave Postgres to others', async () => {
  const logins = Array.from({ length: 20 }, logIn);
  await vi.waitFor(async () => expect(await hashes('waiting')).toBe(19), 20_000);
  // The query of the running login may still be in progress.
  await vi.waitFor(async () => expect(await queries()).toBeGreaterThan(0), 20_000);
  expect(await queries()).toBe(1);
  release();
  const answers = await Promise.all(logins);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
});

test('the password of a disconnected client is not hashed', async () => {
  const first = logIn();
  await vi.waitFor(async () => expect(await hashes('running')).toBe(1), 20_000);
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  const leaving = request(`${app.url}/api/auth/login`, {
    agent,
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
  });
  leaving.on('error', () => {});
  leaving.end('{"email":"a@example.org","password":"password123"}');
  await vi.waitFor(async () => expect(await hashes('waiting')).toBe(1), 20_000);
  leaving.destroy();
  await vi.waitFor(async () => expect(await refusals('gone')).toBe(1), 20_000);
  expect(await hashes('waiting')).toBe(0);
  release();
  expect((await first).status).toBe(401);
  expect(checked).toBe(1);
});

test('registrations wait in the same queue', async () => {
  const login = logIn();
  await vi.waitFor(async () => expect(await hashes('running')).toBe(1), 20_000);
  const body = { username: 'ann', email: 'ann@example.org', password: 'password123' };
  const registration = app.call('POST', '/api/auth/users', { body });
  await vi.waitFor(async () => expect(await hashes('waiting')).toBe(1), 20_000);
  release();
  expect([(await login).status, (await registration).status]).toEqual([401, 201]);
});
