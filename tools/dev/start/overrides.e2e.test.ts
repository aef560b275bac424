import { readdir } from 'node:fs/promises';
import path from 'node:path';

import {
  createDatabase,
  findRedisServer,
  isCi,
  startPostgres,
  startRedis,
} from '@relay/dev-servers';
import { expect, onTestFinished, test } from 'vitest';

import { newClient } from '../../kit/api-client.ts';
import { runScript } from './testing/processes.ts';
import { pathWithoutRedis } from './testing/programs.ts';
import { environment, relayFolder, startRelay } from './testing/relay.ts';

const redisServer = await findRedisServer();

test.skipIf(!redisServer && !isCi())(
  'uses the Postgres and Redis of DATABASE_URL and REDIS_URL',
  async () => {
    const own = await relayFolder();
    const postgres = await startPostgres({ dataDir: path.join(own, 'postgres') });
    onTestFinished(() => postgres.stop());
    const redis = await startRedis({ binary: redisServer!, dir: path.join(own, 'redis') });
    onTestFinished(() => redis.stop());
    const databaseUrl = await createDatabase(postgres.url, 'mine');

    const dir = await relayFolder();
    const relay = await startRelay(dir, { DATABASE_URL: databaseUrl, REDIS_URL: redis.url });
    expect(relay.output()).toContain(`Postgres  DATABASE_URL at 127.0.0.1:${postgres.port}`);
    expect(relay.output()).toContain(`Cache     REDIS_URL at 127.0.0.1:${redis.port}`);
    expect(await readdir(dir)).not.toContain('postgres');

    const client = await newClient(relay.apiUrl);
    expect((await client.list()).cache).toBe('MISS');
    expect((await client.list()).cache).toBe('HIT');
    expect(await relay.stop()).toMatchObject({ code: 0 });
  },
);

test('answers everything from Postgres while the Redis of REDIS_URL is down', async () => {
  const relay = await startRelay(await relayFolder(), {
    REDIS_URL: 'redis://127.0.0.1:1',
    PATH: await pathWithoutRedis(),
  });
  const client = await newClient(relay.apiUrl);
  const draft = { title: 'Without Redis', url: 'https://example.com' };
  expect((await client.send('POST', '/api/posts', draft)).status).toBe(201);
  const list = await client.list();
  expect([list.status, list.cache]).toEqual([200, 'FALLBACK']);
  expect(await client.titles()).toEqual(['Without Redis']);
  const health = await fetch(`${relay.apiUrl}/health`);
  expect(health.status).toBe(200);
  expect(await health.json()).toEqual({ status: 'degraded', postgres: 'up', redis: 'down' });
  expect(await relay.stop()).toMatchObject({ code: 0 });
});

test.skipIf(!redisServer && !isCi())(
  'reports in one line that Redis refuses the password, and shows no secret anywhere',
  async () => {
    const own = await relayFolder();
    const redis = await startRedis({
      binary: redisServer!,
      dir: path.join(own, 'redis'),
      extraArgs: ['--requirepass', 'right-secret'],
    });
    onTestFinished(() => redis.stop());
    const dir = await relayFolder();
    const wrong = { REDIS_URL: redis.url, REDIS_PASSWORD: 'wrong-secret' };
    const relay = await startRelay(dir, wrong);
    const host = `127.0.0.1:${redis.port}`;
    expect(relay.output()).toContain(`REDIS_URL: Redis at ${host} refuses the password.`);
    const demo = await runScript('tools/dev/demo/main.ts', [], environment(dir));
    expect(demo).toMatchObject({ code: 0, output: expect.stringContaining('FALLBACK') });
    expect(demo.output).toContain(`Redis at ${host} refuses the password`);
    const { output } = await relay.stop();
    expect(output + demo.output).not.toContain('secret');

    const right = { REDIS_URL: redis.url, REDIS_PASSWORD: 'right-secret' };
    const second = await startRelay(dir, right);
    for (const env of [environment(dir), environment(dir, right)]) {
      const seed = await runScript('tools/dev/seed/main.ts', ['--users', '1', '--posts', '1'], env);
      expect(seed).toMatchObject({ code: 0, output: expect.stringContaining('invalidated') });
    }
    const get = await runScript('tools/dev/redis/main.ts', ['get', 'posts:none'], environment(dir));
    expect(get).toMatchObject({ code: 0, output: 'posts:none is not in Redis.\n' });
    const stop = await runScript('tools/dev/redis/main.ts', ['stop'], environment(dir));
    expect(stop).toMatchObject({ code: 1, output: expect.stringContaining('leaves alone') });
    expect((await second.stop()).output).not.toContain('secret');
  },
);
