import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { CacheStore } from '@relay/cache';
import {
  createRedisBus,
  createRedisClient,
  createRedisStore,
  type RedisClient,
} from '@relay/cache/redis';
import { becomesTrue, findProgram, freePort, isCi } from '@relay/dev-servers';
import { createRateLimit } from '@relay/service-kit/http/rate-limit';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

import { createRateLimits } from '../../services/auth/src/rate-limits.ts';
import { render } from './helm.ts';

// The chart's own configuration and users, on a real Redis of this machine.
const hasRedis = isCi() || (await findProgram('redis-server')) !== undefined;
const hasTools = inject('chartTools') !== null;

const USERS = { default: 'operator', auth: 'auth', post: 'post', exporter: 'exporter' } as const;
type User = keyof typeof USERS;
/** The user with a newline at the end of the Secret. */
const NEWLINE = USERS.exporter;

const READY = { timeoutMs: 20_000 };
const KEY = 'posts:all';
const ADDRESS = { key: KEY, tags: ['posts'], grace: true };
const KEY_TARGET = { kind: 'key', key: KEY } as const;

async function fill(store: CacheStore): Promise<void> {
  const result = await store.lease(ADDRESS, randomUUID(), 10_000);
  if (result.state !== 'granted') throw new Error(`the lease was ${result.state}`);
  const value = { bytes: Buffer.from('entry'), ttlMs: 60_000, graceMs: 60_000, loadMs: 1 };
  // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type -- no array
  expect(await store.fill(ADDRESS, result.lease, { ...value, codec: 'json@1' })).toBe(true);
}

let folder: string;
let port: number;
let redis: ChildProcess;
const clients: RedisClient[] = [];

describe.skipIf(!hasRedis || !hasTools)('Redis, as the chart starts it', () => {
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'relay-chart-redis-'));
    port = await freePort();
    await writeConfiguration();
    await start();
  });
  afterAll(async () => {
    await stop();
    await rm(folder, { recursive: true });
  });

  test('takes a password that ends in a newline in its Secret with it and without it', async () => {
    const client = await as('default');
    const taken = [];
    for (const password of ['exporter-password', 'exporter-password\n', 'exporter']) {
      const isTaken = client.call('auth', 'exporter', password).then(Boolean, () => false);
      taken.push(await isTaken);
    }
    expect(taken).toEqual([true, true, false]);
  });

  test('lets the post service do all that the cache does', async () => {
    const store = createRedisStore({ client: await as('post') });
    await fill(store);
    const [entry] = await store.read([ADDRESS]);
    expect(String(entry?.bytes)).toBe('entry');
    const refresh = await store.leaseRefresh(ADDRESS, entry!.stamp, 'refresh', 10_000);
    expect(await store.extend(ADDRESS, refresh!, 10_000)).toBe(true);
    for (const target of [KEY_TARGET, { kind: 'tag', tag: 'posts' } as const]) {
      await store.fence(target, 'fence', 10_000);
      await store.lift(target, 'fence');
      await store.invalidate(target);
    }
    await fill(store);
    expect(await store.invalidateMatching('posts:*')).toBe(1);
    await store.ping();
    expect(await store.info()).toMatchObject({ maxMemoryBytes: 256 * 2 ** 20 });
  });

  test('lets pods of the post service send one another their invalidations', async () => {
    const bus = createRedisBus({ client: await as('post') });
    const messages: string[] = [];
    bus.subscribe((message) => messages.push(message));
    // An empty message follows the subscription.
    expect(await becomesTrue(async () => messages.includes(''), READY)).toBe(true);
    bus.publish('invalidated');
    expect(await becomesTrue(async () => messages.includes('invalidated'), READY)).toBe(true);
    await bus.close();
  });

  test('lets the auth service count its attempts', async () => {
    const once = {
      loginsPerAccount: 1,
      loginsPerAddress: 9,
      refreshesPerAddress: 9,
      registrationsPerAddress: 1,
    };
    const attempts = createRateLimits({ limits: once, redis: await as('auth') });
    await attempts.registration('192.0.2.1');
    await expect(attempts.registration('192.0.2.1')).rejects.toThrow('Too many attempts');
    await attempts.login('192.0.2.1', 'ann@example.com');
    await attempts.loginSucceeded('192.0.2.1', 'ann@example.com');
    // Not in the process, as it would without the permission.
    const counters = await (await as('default')).keys('auth:limit:*');
    expect(counters.map((key) => key.split(':')[2]!).toSorted()).toEqual([
      'login-address',
      'registration',
    ]);
    // SCAN shows the names of all keys to every user that may run it: no name may reveal a client.
    const [, seen] = await (await as('post')).scan(0, 'COUNT', 1000);
    expect(seen).toEqual(expect.arrayContaining(counters));
    expect(seen.join()).not.toContain('192.0.2.1');
  });

  test('lets the post service count the writes of its users', async () => {
    const limits = createRateLimit({
      name: 'post:limit:posts',
      points: 1,
      redis: await as('post'),
      detail: 'Too many posts',
    });
    await limits.count('ann');
    await expect(limits.count('ann')).rejects.toThrow('Too many posts');
    await limits.reset('ann');
    await limits.count('ann');
    // Not in the process, as it would without the permission.
    expect(await (await as('default')).keys('post:limit:*')).toEqual(['post:limit:posts:ann']);
  });

  test('keeps its data over a restart, of which the cache trusts nothing', async () => {
    await fill(createRedisStore({ client: await as('post') }));
    await stop();
    await start();
    expect(await (await as('default')).get(KEY)).toBe('entry');
    const restarted = createRedisStore({ client: await as('post') });
    expect(await restarted.read([ADDRESS])).toEqual([undefined]);
  });

  test('records slow commands for its operator', async () => {
    const client = await as('default');
    await client.sadd(
      'slow',
      Array.from({ length: 1000 }, (_, index) => index),
    );
    await client.sunion(Array.from({ length: 4000 }, () => 'slow'));
    expect(await client.call('latency', 'latest')).toContainEqual([
      'command',
      expect.any(Number),
      expect.any(Number),
      expect.any(Number),
    ]);
  });

  test.each(
    (Object.keys(USERS) as User[]).flatMap((user) =>
      [
        'flushall',
        'flushdb',
        'config set maxmemory 1',
        'shutdown',
        'acl list',
        'debug sleep 0',
      ].map((command) => [command, user] as const),
    ),
  )('refuses %s to its user %s', async (command, user) => {
    const [name, ...args] = command.split(' ');
    const client = await as(user);
    await expect(client.call(name!, ...args)).rejects.toThrow(/NOPERM|not allowed/);
  });

  test.each([
    ['get', 'posts:all', 'auth'],
    ['get', 'posts:all', 'exporter'],
    ['get', 'auth:limit:registration:192.0.2.1', 'post'],
    ['subscribe', 'cache:bus', 'auth'],
    ['subscribe', 'other:bus', 'post'],
    ['keys', '*', 'post'],
    ['keys', '*', 'auth'],
  ] as const)('refuses %s %s to its user %s', async (name, key, user) => {
    const client = await as(user);
    await expect(client.call(name, key)).rejects.toThrow('NOPERM');
  });
});

async function writeConfiguration(): Promise<void> {
  for (const name of ['secrets', 'run', 'etc', 'data']) await mkdir(path.join(folder, name));
  for (const owner of Object.values(USERS)) {
    const end = owner === NEWLINE ? '\n' : '';
    await writeFile(path.join(folder, 'secrets', `${owner}-password`), passwordOf(owner) + end);
  }
  const manifests = await render();
  const configMap = manifests.find(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.endsWith('-redis'),
  );
  const { data } = configMap as unknown as { data: Record<string, string> };
  for (const [name, text] of Object.entries(data)) {
    await writeFile(path.join(folder, 'etc', name), moved(text));
  }
}

/** With the paths of a container put into a folder of this machine. */
function moved(text: string): string {
  return text
    .replaceAll('/run/secrets/redis', `${folder}/secrets`)
    .replaceAll('/run/redis', `${folder}/run`)
    .replaceAll('/etc/redis', `${folder}/etc`)
    .replace('dir /data', `dir ${folder}/data\nbind 127.0.0.1\nport ${port}`);
}

async function start(): Promise<void> {
  redis = spawn('sh', [path.join(folder, 'etc/start.sh')], { stdio: 'ignore' });
  await as('default');
}

async function stop(): Promise<void> {
  for (const client of clients.splice(0)) client.disconnect();
  const ended = once(redis, 'exit');
  redis.kill('SIGTERM');
  await ended;
}

async function as(user: User): Promise<RedisClient> {
  const password = passwordOf(USERS[user]);
  const client = createRedisClient({ connection: `redis://${user}:${password}@127.0.0.1:${port}` });
  clients.push(client);
  const answers = () => client.ping().then(Boolean, () => false);
  if (!(await becomesTrue(answers, READY))) throw new Error(`Redis does not answer ${user}`);
  return client;
}

function passwordOf(owner: string): string {
  return `${owner}-password`;
}
