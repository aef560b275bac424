import { randomUUID } from 'node:crypto';

import { testRedis, testRedisCluster } from '@relay/local/testing';
import type { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';

import { CacheUsageError } from '../../errors.ts';
import { ageKeys, connectRedis, keysWith, mastersOf } from '../../testing/redis.ts';
import { describeStoreContract } from '../../testing/store-contract.ts';
import type { RedisConnection } from './client.ts';
import { createRedisStore } from './store.ts';

const url = await testRedis();
const clusterUrls = testRedisCluster();
const MINUTE = 60_000;
const VALUE = Buffer.from('value');

function parse(address: string) {
  const { hostname: host, port, pathname } = new URL(address);
  return { host, port: Number(port), db: Number(pathname.slice(1)) };
}

const servers: {
  name: string;
  missing: boolean;
  connection(keyPrefix?: string): RedisConnection;
}[] = [
  {
    name: 'one Redis',
    missing: url === null,
    connection: (keyPrefix = '') => ({ ...parse(url!), keyPrefix }),
  },
  {
    name: 'a Redis Cluster',
    missing: clusterUrls === null,
    connection: (keyPrefix = '') => ({
      nodes: clusterUrls!.map(parse).map(({ host, port }) => ({ host, port })),
      options: { redisOptions: { keyPrefix } },
    }),
  },
];

describe.each(servers)('over $name', ({ missing, connection }) => {
  describe.skipIf(missing).each([
    { named: 'no prefix', keyPrefix: '' },
    { named: 'a prefix', keyPrefix: 'app*1:' },
    { named: 'a prefix with a hash tag', keyPrefix: '{app}:' },
  ])('and $named, the store keeps the contract', ({ keyPrefix }) => {
    // The second client ages keys: the first one would put its prefix before those it is given.
    const connect = once(async () => {
      const client = await connectRedis(connection(keyPrefix));
      return { client, plain: await connectRedis(connection()) };
    });
    describeStoreContract(async (namespace) => {
      const { client, plain } = await connect();
      return {
        store: createRedisStore({ client }),
        advance: (ms) => ageKeys(plain, namespace, ms),
      };
    });
  });
});

describe.skipIf(url === null)('over Redis, the store', () => {
  it('keeps under the key exactly the bytes, and nothing else beside them', async () => {
    const { client, store, ns } = await setUp();
    await store.lease(`${ns}a`, 'token', MINUTE);
    expect(await keysWith(client, ns)).toEqual([`lease:{${ns}a}`]);
    await store.fill(`${ns}a`, 'token', VALUE, MINUTE);
    expect(await keysWith(client, ns)).toEqual([`${ns}a`]);
    expect(await client.get(`${ns}a`)).toBe('value');
  });

  it('lets an entry live no longer than it was given, and a lease neither', async () => {
    const { client, store, ns } = await setUp();
    await store.lease(`${ns}a`, 'token', MINUTE);
    await store.lease(`${ns}b`, 'token', MINUTE);
    await store.fill(`${ns}a`, 'token', VALUE, MINUTE);
    for (const key of await keysWith(client, ns)) {
      expect(await client.pttl(key)).toBeGreaterThan(0);
      expect(await client.pttl(key)).toBeLessThanOrEqual(MINUTE);
    }
  });

  it('removes by pattern what a fill stores while leases are being walked', async () => {
    const { client, store, ns } = await setUp();
    await store.lease(`${ns}a`, 'slow reader', MINUTE);
    // The fill comes after the walk has begun and before it has met the lease: it is stored.
    const stored = beforeScan(client as Redis, 1, () =>
      store.fill(`${ns}a`, 'slow reader', VALUE, MINUTE),
    );
    expect(await store.deleteMatching(`${ns}*`)).toBe(1);
    expect(await stored).toBe(true);
    expect(await store.get(`${ns}a`)).toBeUndefined();
  });

  it('refuses what a fill brings once leases have been walked', async () => {
    const { client, store, ns } = await setUp();
    await store.lease(`${ns}a`, 'slow reader', MINUTE);
    const pages = await pagesOfOneWalk(client as Redis);
    const stored = beforeScan(client as Redis, pages + 1, () =>
      store.fill(`${ns}a`, 'slow reader', VALUE, MINUTE),
    );
    expect(await store.deleteMatching(`${ns}*`)).toBe(0);
    expect(await stored).toBe(false);
    expect(await store.get(`${ns}a`)).toBeUndefined();
  });

  it('leaves keys of others alone, also those under another prefix', async () => {
    const { client, ns } = await setUp();
    const prefixed = await connectRedis({ ...parse(url!), keyPrefix: `${ns}mine:` });
    await client.set(`${ns}yours:a`, 'kept');
    await client.set(`${ns}mine:a`, 'removed');
    expect(await createRedisStore({ client: prefixed }).deleteMatching('*')).toBe(1);
    expect(await keysWith(client, ns)).toEqual([`${ns}yours:a`]);
  });

  it('leaves the client open: it is the caller who closes it', async () => {
    const { client, store } = await setUp();
    await store.close();
    expect(await client.ping()).toBe('PONG');
  });

  it('puts no key or value on an error, for they would reach the log', async () => {
    const { client, store, ns } = await setUp();
    await client.hset(`${ns}a`, 'not', 'a string');
    const error = await store.get(`${ns}a`).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ message: expect.stringContaining('WRONGTYPE') });
    expect(error).not.toHaveProperty('command');
  });

  it.each(['app{', 'app}', '{}'])('refuses the prefix %s, which splits hash slots', (keyPrefix) => {
    const client = { options: { keyPrefix }, defineCommand() {} } as never;
    expect(() => createRedisStore({ client })).toThrow(CacheUsageError);
  });
});

describe.skipIf(clusterUrls === null)('over a Redis Cluster, the store', () => {
  it('spreads entries over all masters, finds them all again, and counts them all', async () => {
    const client = await connectRedis(servers[1]!.connection());
    const store = createRedisStore({ client });
    const ns = `spread-${randomUUID()}:`;
    const keys = Array.from({ length: 300 }, (_, n) => `${ns}${n}`);
    for (const key of keys) {
      await store.lease(key, 'token', MINUTE);
      expect(await store.fill(key, 'token', VALUE, MINUTE)).toBe(true);
    }
    const sizes = await Promise.all(mastersOf(client).map((master) => master.dbsize()));
    expect(sizes.length).toBe(3);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    expect((await store.info()).keyCount).toBeGreaterThanOrEqual(300);
    expect(await store.deleteMatching(`${ns}*`)).toBe(300);
    expect(await keysWith(client, ns)).toEqual([]);
  });
});

async function setUp() {
  const client = await connectRedis(url!);
  return { client, store: createRedisStore({ client }), ns: `store-${randomUUID()}:` };
}

/** Runs `work` just before the nth SCAN of a client is sent, and resolves with its result. */
function beforeScan<T>(client: Redis, nth: number, work: () => Promise<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const scan = client.scan.bind(client) as (...args: unknown[]) => Promise<[string, string[]]>;
  let count = 0;
  client.scan = async (...args: unknown[]) => {
    count += 1;
    if (count === nth) await work().then(resolve, reject);
    return scan(...args);
  };
  return promise;
}

async function pagesOfOneWalk(client: Redis): Promise<number> {
  let pages = 0;
  let cursor = '0';
  do {
    [cursor] = await client.scan(cursor, 'COUNT', 500);
    pages += 1;
  } while (cursor !== '0');
  return pages;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
