import { randomUUID } from 'node:crypto';

import { testRedis } from '@relay/local/testing';
import { expose } from '@relay/service-kit';
import { documentedMetrics, exposedMetrics } from '@relay/service-kit/testing';
import { beforeEach, expect, test } from 'vitest';

import { migratedDatabase, signingKeysFolder, startAuth, type TestApp } from './testing.ts';

const ann = { username: 'ann', email: 'ann@a.example', password: 'password123' };

let app: TestApp;
beforeEach(async () => {
  app = await startAuth({
    databaseUrl: (await migratedDatabase()).url,
    keysFolder: await signingKeysFolder(),
    redisUrl: (await testRedis()) ?? undefined,
  });
});

const scrape = async () => (await expose(app.metrics.registry, 'text/plain')).text;

/** Each series, without its value. */
function seriesOf(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => line.slice(0, line.lastIndexOf(' ')));
}

test.skipIf((await testRedis()) === null)(
  'the metrics are those that are documented, no more and no fewer',
  async () => {
    expect(exposedMetrics(await scrape())).toEqual(documentedMetrics('auth'));
  },
);

test('registrations, logins and refreshes are counted by what came of them', async () => {
  const { username: _, ...login } = ann;
  await app.call('POST', '/api/auth/users', { body: ann });
  await app.call('POST', '/api/auth/users', { body: ann });
  const { body } = await app.call('POST', '/api/auth/login', { body: login });
  await app.call('POST', '/api/auth/login', { body: { ...login, password: 'password124' } });
  for (let time = 0; time < 2; time += 1) {
    await app.call('POST', '/api/auth/refresh', { body: { refreshToken: body['refreshToken'] } });
  }
  const text = await scrape();
  for (const line of [
    'auth_registrations_total{result="ok"} 1',
    'auth_registrations_total{result="taken"} 1',
    'auth_logins_total{result="ok"} 1',
    'auth_logins_total{result="wrong"} 1',
    'auth_refreshes_total{result="ok"} 1',
    'auth_refreshes_total{result="wrong"} 1',
    'auth_refresh_token_reuses_total 1',
    'auth_password_hash_duration_seconds_count{operation="verify"} 2',
    'http_requests_total{method="POST",route="/api/auth/login",status="401"} 1',
  ]) {
    expect(text).toContain(`${line}\n`);
  }
});

/** Calls of somebody whom nobody has heard of. */
async function strangers(): Promise<void> {
  const email = `${randomUUID()}@a.example`;
  const headers = { 'X-Forwarded-For': `192.0.2.${Math.floor(Math.random() * 250)}` };
  await app.call('POST', '/api/auth/login', {
    body: { email, password: 'password123' },
    headers,
  });
  await app.call('GET', '/api/auth/me', { headers: { Authorization: `Bearer ${randomUUID()}` } });
  await fetch(`${app.url}/api/auth/${randomUUID()}`);
}

test('names and addresses that nobody has heard of add no series', async () => {
  await strangers();
  const before = seriesOf(await scrape());
  for (let time = 0; time < 20; time += 1) await strangers();
  expect(seriesOf(await scrape())).toEqual(before);
});
