import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { startTestRedis, testRedis, testRedisCluster } from '@relay/dev-servers/testing';
import type { Redis } from 'ioredis';
import { afterAll, describe, expect, it, vi } from 'vitest';

import { logCacheEvents } from '../../observe/logging.ts';
import {
  ageKeys,
  connectRedis,
  mastersOf,
  nodesAt,
  testClient,
  testStore,
} from '../../testing/redis.ts';
import { describeStoreContract } from '../../testing/store-contract.ts';
import { createTestCache } from '../../testing/test-cache.ts';
import { createRedisBus } from './bus.ts';
import type { ConnectionEvent, RedisClient, RedisConnection } from './client.ts';

const url = await testRedis();
const clusterUrls = testRedisCluster();
const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
/** The permissions that the README lists, without the user's name and password. */
const PERMISSIONS = /^ACL SETUSER cache on >password (.*)$/m.exec(readme)![1]!.split(' ');

const PASSWORD = `secret-${randomUUID()}`;
const EVENTUALLY = { timeout: 15_000, interval: 20 };

const cleanUps: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

const servers: { name: string; missing: boolean; connection(as?: object): RedisConnection }[] = [
  {
    name: 'one Redis',
    missing: url === null,
    connection: (as = {}) => ({
      ...nodesAt([url!])[0],
      db: Number(new URL(url!).pathname.slice(1)),
      ...as,
    }),
  },
  {
    name: 'a Redis Cluster',
    missing: clusterUrls === null,
    connection: (as = {}) => ({ nodes: nodesAt(clusterUrls!), options: { redisOptions: as } }),
  },
];

describe.each(servers)(
  'on $name, with the permissions of the README',
  ({ missing, connection }) => {
    describe.skipIf(missing)('the store keeps the contract', () => {
      const connect = once(async () => {
        const admin = await connectRedis(connection());
        // The contract's keys and tags in place of `posts:*`.
        const rules = PERMISSIONS.map((rule) => (rule === '~posts:*' ? '~contract-*' : rule));
        const client = await connectRedis(connection(await createUser(admin, rules)));
        return { store: testStore({ client }), admin };
      });
      describeStoreContract(async (namespace) => {
        const { store, admin } = await connect();
        return { store, advance: (ms) => ageKeys(admin, namespace, ms) };
      });
    });

    it.skipIf(missing)(
      'a cache works, with its bus and its health, and touches no other keys',
      async () => {
        const admin = await connectRedis(connection());
        const user = await createUser(admin, PERMISSIONS);
        const client = await connectRedis(connection(user));
        const { cache, read, of } = reading({ client, key: `posts:id:${randomUUID()}` });
        expect([await read(), await read()]).toEqual(['miss', 'hit']);
        expect(await cache.invalidateCache('posts:id:*')).toMatchObject({ status: 'applied' });
        expect(await read()).toBe('miss');
        expect(await cache.health()).toMatchObject({ status: 'up', breaker: 'closed' });
        expect(of('operation').filter(({ error }) => error)).toEqual([]);

        const bus = createRedisBus({ connection: connection(user), channel: 'cache:bus' });
        cleanUps.push(() => bus.close());
        const received: string[] = [];
        bus.subscribe((message) => received.push(message));
        const message = randomUUID();
        await vi.waitFor(() => {
          bus.publish(message);
          expect(received).toContain(message);
        }, EVENTUALLY);

        await expect(client.get('other')).rejects.toThrow('NOPERM');
        await expect(mastersOf(client)[0]!.flushall()).rejects.toThrow('NOPERM');
      },
    );
  },
);

describe.skipIf(url === null)('a user of Redis without the permission for INFO', () => {
  it('bypasses the cache, gets the reason, and uses the cache once it has the permission', async () => {
    const redis = await startTestRedis();
    const admin = (await connectRedis(redis.url)) as Redis;
    const user = await createUser(
      admin,
      PERMISSIONS.filter((rule) => rule !== '+info'),
    );
    const client = testClient({ port: redis.port, ...user });
    const { cache, store, read, of } = reading({ client });
    await isReady(client);
    for (let n = 0; n < 10; n += 1) expect(await read()).toBe('fallback');
    expect(await admin.exists('posts:all')).toBe(0);
    expect(await cache.health()).toMatchObject({ status: 'down', store: null });
    await expect(store.ping()).rejects.toThrow(/NOPERM.*info/);
    for (const { error } of of('fallback')) {
      expect(everything(error)).toContain('user executing the script');
    }

    await admin.acl('SETUSER', user.username, '+info');
    await vi.waitFor(async () => expect(await read()).toBe('hit'), EVENTUALLY);
    expect(await cache.health()).toMatchObject({ status: 'up', breaker: 'closed' });
  });
});

describe.skipIf(url === null)('a client of Redis with a wrong password', () => {
  it('is reported once for the cache, without the password, and recovers when it is right', async () => {
    const redis = await startTestRedis({ extraArgs: ['--requirepass', 'another-secret'] });
    const connections: ConnectionEvent[] = [];
    const client = testClient({ port: redis.port, password: PASSWORD }, (event) => {
      connections.push(event);
    });
    const lines: object[] = [];
    const line = (fields: object, message: string) => void lines.push({ fields, message });
    const { cache, read, of, story } = reading({
      client,
      listeners: [logCacheEvents({ info: line, warn: line })],
    });
    const errors = () => connections.filter(({ type }) => type === 'error');
    // Reads go on while the client tries again and again.
    await vi.waitFor(async () => {
      expect(await read()).toBe('fallback');
      expect(errors().length).toBeGreaterThan(3);
    }, EVENTUALLY);
    expect(await cache.invalidate('posts:all')).toMatchObject({ status: 'failed', retrying: true });
    expect(await cache.health()).toMatchObject({ status: 'down', breaker: 'open' });
    expect(story().filter((type) => type === 'store-down')).toHaveLength(1);
    const lost = lines.filter((entry) => everything(entry).includes('Cache store lost'));
    expect(lost).toHaveLength(1);
    for (const entry of [...connections, ...lines, ...of('operation'), ...of('fallback')]) {
      expect(everything(entry)).not.toContain('secret');
    }
    expect(everything(errors()[0])).toContain('WRONGPASS');

    const admin = await connectRedis({ port: redis.port, password: 'another-secret' });
    if ('nodes' in admin) throw new Error('this is one Redis');
    await admin.config('SET', 'requirepass', PASSWORD);
    await vi.waitFor(async () => expect(await read()).toBe('hit'), EVENTUALLY);
  });
});

/** Not waited for as long as tests may take: without its permissions a client is never ready. */
async function isReady(client: RedisClient): Promise<void> {
  await vi.waitFor(() => expect(client.status).toBe('ready'), EVENTUALLY);
}

/** A user of every server, removed after the test file. */
async function createUser(admin: RedisClient, rules: readonly string[]) {
  const user = { username: `user-${randomUUID()}`, password: PASSWORD };
  const all = <T>(work: (server: Redis) => Promise<T>) => Promise.all(mastersOf(admin).map(work));
  await all((server) => server.acl('SETUSER', user.username, 'on', `>${PASSWORD}`, ...rules));
  cleanUps.push(() => all((server) => server.acl('DELUSER', user.username)).catch(() => {}));
  return user;
}

function reading({
  client,
  key = 'posts:all',
  ...options
}: { client: RedisClient; key?: string } & Parameters<typeof createTestCache>[0]) {
  const store = testStore({ client });
  const test = createTestCache({ store, operationTimeoutMs: 5000, ...options });
  cleanUps.push(() => test.cache.close());
  const read = async () =>
    (await test.cache.read({ key, ttlSeconds: 300, load: async () => 'value' })).outcome;
  return { ...test, store, read };
}

/** All that a logger could find on a value, and on the errors in it and their causes. */
function everything(value: unknown): string {
  if (value instanceof Error) {
    return `${value.stack} ${JSON.stringify(value)} ${everything(value.cause)}`;
  }
  if (typeof value !== 'object' || value === null) return String(value);
  return `${JSON.stringify(value)} ${Object.values(value).map(everything).join(' ')}`;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
