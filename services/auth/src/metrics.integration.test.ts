import { randomUUID } from 'node:crypto';

import { testRedis } from '@relay/dev-servers/testing';
import {
  documentedMetrics,
  exposedMetrics,
  scrape,
  seriesOf,
} from '@relay/service-kit/testing/metrics-table';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import type { Passwords } from './passwords.ts';
import {
  migratedDatabase,
  signingKeysFolder,
  startAuth,
  type TestApp,
} from './testing/test-app.ts';

const redisUrl = await testRedis();
const ann = { username: 'ann', email: 'ann@a.example', password: 'password123' };

/** At once, so that no password has to wait. */
const plain: Passwords = {
  hash: async (password) => `hash of ${password}`,
  matches: async (password, hash) => hash === `hash of ${password}`,
};

describe.skipIf(redisUrl === null)('the metrics', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startAuth({
      databaseUrl: (await migratedDatabase()).url,
      keysFolder: await signingKeysFolder(),
      redisUrl: redisUrl!,
      passwords: plain,
      variables: {
        LOGINS_PER_ADDRESS: '1000',
        LOGINS_PER_ACCOUNT: '2',
        REFRESH_REUSE_SECONDS: '0',
      },
    });
    await vi.waitUntil(isRedisUp, 10_000);
  });

  const series = async () => seriesOf(await scrape(app.metrics));
  const isRedisUp = async () => (await series()).get('redis_connection_up{client="auth"}') === 1;

  const post = (path: string, body: unknown, address = '192.0.2.1') =>
    app.call('POST', `/api/auth/${path}`, { body, headers: { 'X-Forwarded-For': address } });

  /** Calls with unknown credentials. */
  async function callAs(id: string): Promise<void> {
    await post('login', { email: `${id}@a.example`, password: id }, address(id));
    await post('refresh', { refreshToken: id }, address(id));
    await fetch(`${app.url}/api/auth/${id}`);
    await fetch(`${app.url}/api/auth/me?${id}`, { method: 'PROPFIND' });
    await fetch(`${app.url}/api/auth/me`, { headers: { Authorization: `Bearer ${id}` } });
  }

  test('are exactly the documented ones', async () => {
    expect(exposedMetrics(await scrape(app.metrics))).toEqual(documentedMetrics('auth'));
  });

  test('count calls of accounts and their statements', async () => {
    const { email, password } = ann;
    await post('users', ann);
    await post('users', ann);
    const { body } = await post('login', { email, password });
    for (let n = 0; n < 3; n += 1) await post('login', { email, password: 'wrong' });
    const { refreshToken } = body;
    for (let n = 0; n < 2; n += 1) await post('refresh', { refreshToken });
    await post('refresh', { refreshToken: 'nobody-has-this' });

    const found = await series();
    const results = (name: string) =>
      Object.fromEntries(
        ['ok', 'wrong', 'taken', 'limited', 'failed'].map((result) => [
          result,
          found.get(`auth_${name}_total{result="${result}"}`),
        ]),
      );
    expect(results('registrations')).toMatchObject({ ok: 1, taken: 1, limited: 0, failed: 0 });
    expect(results('logins')).toMatchObject({ ok: 1, wrong: 2, limited: 1, failed: 0 });
    expect(results('refreshes')).toMatchObject({ ok: 1, wrong: 2, limited: 0, failed: 0 });
    expect(found.get('auth_refresh_token_reuses_total')).toBe(1);
    const hashed = (operation: string) =>
      found.get(`auth_password_hash_duration_seconds_count{operation="${operation}"}`);
    expect([hashed('hash'), hashed('verify')]).toEqual([2, 3]);

    const statements = (query: string) =>
      found.get(`postgres_query_duration_seconds_count{query="${query}"}`);
    const names = ['users.insert', 'users.byEmail', 'sessions.insert', 'refreshTokens.lock'];
    expect(names.map(statements)).toEqual([2, 3, 1, 3]);
    // A login inserts the first token, a refresh the next.
    expect(statements('refreshTokens.insert')).toBe(2);
    expect(statements('other')).toBe(0);
    // A name that is taken is an answer.
    expect(found.get('postgres_query_failures_total{query="users.insert"}')).toBe(0);
  });

  test('have no series of any person, token or path', { timeout: 60_000 }, async () => {
    const before = await series();
    for (let batch = 0; batch < 20; batch += 1) {
      await Promise.all(Array.from({ length: 10 }, () => callAs(randomUUID())));
    }
    const after = await series();
    expect([...after.keys()]).toEqual([...before.keys()]);
    expect(after.get('auth_logins_total{result="wrong"}')).toBe(200);
    expect(after.get('http_requests_total{method="GET",route="/api/auth/me",status="401"}')).toBe(
      200,
    );
  });
});

/** A separate client for each id. */
function address(id: string): string {
  return `2001:db8:${id.slice(0, 4)}:${id.slice(4, 8)}::1`;
}
