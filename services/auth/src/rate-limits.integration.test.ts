import { createRedisClient } from '@relay/cache/redis';
import { startTestRedis, testRedis } from '@relay/dev-servers/testing';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';

import {
  migratedDatabase,
  signingKeysFolder,
  startAuth,
  type TestApp,
} from './testing/test-app.ts';

const LOGINS_PER_ACCOUNT = 3;
let databaseUrl: string;
let keysFolder: string;
let address = 0;

beforeAll(async () => {
  ({ url: databaseUrl } = await migratedDatabase());
  keysFolder = await signingKeysFolder();
});

/** A new client address. */
const newAddress = () => `203.0.113.${(address += 1)}`;

const start = (redisUrl?: string, variables = {}) =>
  startAuth({
    databaseUrl,
    keysFolder,
    redisUrl,
    variables: { LOGINS_PER_ACCOUNT: String(LOGINS_PER_ACCOUNT), ...variables },
  });

function guess(app: TestApp, from: string, email = 'ann@example.org') {
  return app.call('POST', '/api/auth/login', {
    body: { email, password: 'a guess' },
    headers: { 'X-Forwarded-For': from },
  });
}

async function guessed(app: TestApp, from: string, times: number, email?: string) {
  const statuses = [];
  for (let time = 1; time <= times; time += 1) {
    statuses.push((await guess(app, from, email)).status);
  }
  return statuses;
}

test('too many guesses from one address get 429 and the time to wait', async () => {
  const app = await start();
  const from = newAddress();
  expect(await guessed(app, from, 4)).toEqual([401, 401, 401, 429]);
  const { headers } = await guess(app, from);
  const seconds = Number(headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(60);
});

test('the same account is not locked for other addresses, nor other accounts for the same address', async () => {
  const app = await start();
  const from = newAddress();
  await guessed(app, from, 4);
  expect((await guess(app, newAddress())).status).toBe(401);
  expect((await guess(app, from, 'bob@example.org')).status).toBe(401);
});

test('an address that the client made up does not help it', async () => {
  const app = await start();
  const from = newAddress();
  const statuses = [];
  for (let time = 1; time <= 4; time += 1) {
    statuses.push((await guess(app, `198.51.100.${time}, ${from}`)).status);
  }
  expect(statuses).toEqual([401, 401, 401, 429]);
});

test('logins and registrations of one address are counted', async () => {
  const app = await start(undefined, { LOGINS_PER_ADDRESS: '2', REGISTRATIONS_PER_ADDRESS: '2' });
  const from = newAddress();
  const logins = [];
  for (const name of ['a', 'b', 'c']) {
    logins.push((await guess(app, from, `${name}@example.org`)).status);
  }
  expect(logins).toEqual([401, 401, 429]);
  const register = (username: string) =>
    app.call('POST', '/api/auth/users', {
      body: { username, email: `${username}@example.org`, password: 'password123' },
      headers: { 'X-Forwarded-For': from },
    });
  const statuses = [];
  for (const name of ['reg1', 'reg1', 'reg2']) statuses.push((await register(name)).status);
  expect(statuses).toEqual([201, 409, 429]);
});

test('refreshes of one address are counted, apart from its logins', async () => {
  const app = await start(undefined, { LOGINS_PER_ADDRESS: '1', REFRESHES_PER_ADDRESS: '2' });
  const from = newAddress();
  const headers = { 'X-Forwarded-For': from };
  expect(await guessed(app, from, 2)).toEqual([401, 429]);
  const body = { refreshToken: 'a guess' };
  const refresh = async () =>
    (await app.call('POST', '/api/auth/refresh', { body, headers })).status;
  expect([await refresh(), await refresh(), await refresh()]).toEqual([401, 401, 429]);
});

describe.skipIf((await testRedis()) === null)('with Redis', () => {
  test('two processes count together', async () => {
    const redisUrl = (await testRedis())!;
    const [one, other] = [await start(redisUrl), await start(redisUrl)];
    await connected(one);
    await connected(other);
    const from = newAddress();
    expect(await guessed(one, from, 2)).toEqual([401, 401]);
    expect(await guessed(other, from, 2)).toEqual([401, 429]);
    expect((await guess(one, from)).status).toBe(429);
  });

  test('a success resets the count of both', async () => {
    const redisUrl = (await testRedis())!;
    const [one, other] = [await start(redisUrl), await start(redisUrl)];
    await connected(one);
    await connected(other);
    const from = newAddress();
    const email = 'success@example.org';
    const headers = { 'X-Forwarded-For': from };
    const body = { email, password: 'password123' };
    await one.call('POST', '/api/auth/users', { body: { ...body, username: 'success' }, headers });
    await guessed(one, from, 2, email);
    expect((await other.call('POST', '/api/auth/login', { body, headers })).status).toBe(200);
    expect(await guessed(one, from, 3, email)).toEqual([401, 401, 401]);
  });

  test.each(['kill', 'pause'] as const)(
    'each process counts for itself after a %s, and together again afterwards',
    async (end) => {
      const redis = await startTestRedis();
      const [one, other] = [await start(redis.url), await start(redis.url)];
      await connected(one);
      await connected(other);
      const before = newAddress();
      await guessed(one, before, 4);

      await redis[end]();
      const meanwhile = newAddress();
      expect(await guessed(one, meanwhile, 4)).toEqual([401, 401, 401, 429]);
      expect(await guessed(other, meanwhile, 4)).toEqual([401, 401, 401, 429]);
      expect((await one.call('GET', '/health')).body).toEqual({
        status: 'degraded',
        postgres: 'up',
        redis: 'down',
      });

      if (end === 'pause') redis.resume();
      else await startTestRedis({ port: redis.port });
      await connected(one);
      await connected(other);
      // A process does not call a silent Redis again for a second.
      await vi.waitFor(async () => {
        const afterwards = newAddress();
        expect(await guessed(one, afterwards, 2)).toEqual([401, 401]);
        expect(await guessed(other, afterwards, 2)).toEqual([401, 429]);
      }, 10_000);
    },
  );

  test('the names of the counters reveal no client', async () => {
    const { url } = await startTestRedis();
    const app = await start(url);
    await connected(app);
    const from = newAddress();
    await guess(app, from, 'ann@example.org');
    const client = createRedisClient({ connection: url });
    onTestFinished(() => client.disconnect());
    const names = await vi.waitFor(() => client.keys('auth:limit:*'), 10_000);
    expect(names).toHaveLength(2);
    expect(names.filter((name) => name.includes(from) || name.includes('ann'))).toEqual([]);
  });

  test('a login that succeeds needs no Redis', async () => {
    const redis = await startTestRedis();
    const app = await start(redis.url);
    await connected(app);
    const body = { email: 'without@example.org', password: 'password123' };
    const headers = { 'X-Forwarded-For': newAddress() };
    await app.call('POST', '/api/auth/users', { body: { ...body, username: 'without' }, headers });
    redis.pause();
    expect((await app.call('POST', '/api/auth/login', { body, headers })).status).toBe(200);
    redis.resume();
  });
});

async function connected(app: TestApp): Promise<void> {
  await vi.waitFor(
    async () => expect((await app.call('GET', '/health')).body).toMatchObject({ redis: 'up' }),
    10_000,
  );
}
