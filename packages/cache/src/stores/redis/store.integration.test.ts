import { randomUUID } from 'node:crypto';

import { startTestRedis, testRedis, testRedisCluster } from '@relay/dev-servers/testing';
import type { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';

import { CacheStoreError, CacheUsageError } from '../../errors.ts';
import { connectRedis, keysWith, mastersOf, nodesAt, testStore } from '../../testing/redis.ts';
import { putText, readText, takeLease, textValue } from '../../testing/stored-value.ts';

const url = await testRedis();
const clusterUrls = testRedisCluster();
const MINUTE = 60_000;

describe.skipIf(url === null)('over Redis, the store', () => {
  it('keeps under the key exactly the bytes, and beside it the record of the protocol', async () => {
    const { client, store, at, ns } = await setUp();
    const lease = await takeLease(store, at('a'));
    expect(await keysWith(client, ns)).toEqual([`lease:{${ns}a}`]);
    expect(await client.get(`lease:{${ns}a}`)).toBe(`L:${lease.generation}:${lease.token}`);
    await store.fill(at('a'), lease, textValue('value', { codec: 'v1' }));
    expect((await keysWith(client, ns)).toSorted()).toEqual(
      [`${ns}a`, `lease:{${ns}a}`].toSorted(),
    );
    expect(await client.get(`${ns}a`)).toBe('value');
    const stamp = await client.get(`lease:{${ns}a}`);
    expect(stamp).toMatch(/^E:[\da-f]{8}-[\da-f]{8}:[\da-z.]+:[\da-z]+\.5:\d+:5:v1:$/);
    await store.fence({ kind: 'key', key: at('a').key }, 'one', MINUTE);
    await store.fence({ kind: 'key', key: at('a').key }, 'two', MINUTE);
    expect(await client.get(`lease:{${ns}a}`)).toMatch(/^F:one\+=\d+,two\+=\d+$/);
  });

  it('lets nothing live for ever', async () => {
    const { client, store, at, ns } = await setUp();
    await putText(store, at('a', { tags: [`${ns}tag`] }), 'value', { graceMs: MINUTE });
    const [entry] = await store.read([at('a', { tags: [`${ns}tag`] })]);
    await store.leaseRefresh(at('a', { tags: [`${ns}tag`] }), entry!.stamp, 'token', MINUTE);
    await takeLease(store, at('b'));
    await store.fence({ kind: 'key', key: at('c').key }, 'id', MINUTE);
    await store.fence({ kind: 'tag', tag: `${ns}d` }, 'id', MINUTE);
    const keys = await keysWith(client, ns);
    expect(keys).toHaveLength(8);
    for (const key of keys) {
      const lifeMs = await client.pttl(key);
      expect(lifeMs).toBeGreaterThan(0);
      const most = key.startsWith('cache:tag:') ? 16 * MINUTE : 6 * MINUTE;
      expect(lifeMs).toBeLessThanOrEqual(most);
    }
  });

  it.each(['value', 'record', 'grace', 'refresh', 'tag'])(
    'misses, and then repairs, an entry with a %s key of another type',
    async (part) => {
      const { client, store, at, ns } = await setUp();
      const address = at('a', { tags: [`${ns}t`], grace: true });
      const names = {
        value: `${ns}a`,
        record: `lease:{${ns}a}`,
        grace: `cache:grace:{${ns}a}`,
        refresh: `cache:refresh:{${ns}a}`,
        tag: `cache:tag:{${ns}t}`,
      };
      const name = names[part as keyof typeof names];
      await client.lpush(name, 'x');
      expect(await store.read([address, at('b')])).toEqual([undefined, undefined]);
      await putText(store, address, 'value', { graceMs: MINUTE });
      expect(await readText(store, address)).toBe('value');
      await client.unlink(name);
      await client.lpush(name, 'x');
      const key = { kind: 'key', key: `${ns}a` } as const;
      await store.fence(key, 'one', MINUTE);
      await store.lift(key, 'one');
      await store.invalidate({ kind: 'tag', tag: `${ns}t` });
      await putText(store, address);
      expect(await readText(store, address)).toBe('value');
    },
  );

  it('misses a value that was overwritten, and lets a reader replace it', async () => {
    const { client, store, at, ns } = await setUp();
    await putText(store, at('a'));
    await client.set(`${ns}a`, 'other', 'KEEPTTL');
    expect(await readText(store, at('a'))).toBeUndefined();
    await putText(store, at('a'), 'new');
    expect(await readText(store, at('a'))).toBe('new');
  });

  it('returns no grace copy that was overwritten', async () => {
    const { client, store, at, ns } = await setUp();
    await putText(store, at('a'), 'value', { graceMs: MINUTE });
    await client.append(`cache:grace:{${ns}a}`, 'x');
    await client.unlink(`${ns}a`);
    const result = await store.lease(at('a', { grace: true }), 'token', MINUTE);
    expect(result).not.toHaveProperty('grace');
  });

  it('misses entries after the eviction of their record, value or epoch', async () => {
    const { client, store, at, ns } = await setUp();
    const address = at('a', { tags: [`${ns}t`] });
    for (const name of [`${ns}a`, `lease:{${ns}a}`, `cache:tag:{${ns}t}`]) {
      await putText(store, address);
      await client.unlink(name);
      expect(await readText(store, address)).toBeUndefined();
    }
    await putText(store, address, 'new');
    expect(await readText(store, address)).toBe('new');
  });

  it('misses the fills of version 0.1, and takes its leases for held', async () => {
    const { client, store, at, ns } = await setUp();
    await client.set(`lease:{${ns}a}`, '0.1-token', 'PX', MINUTE);
    expect(await store.lease(at('a'), 'token', MINUTE)).toEqual({
      state: 'held',
      token: '0.1-token',
    });
    await client.set(`${ns}a`, 'from 0.1', 'PX', MINUTE);
    await client.unlink(`lease:{${ns}a}`);
    expect(await readText(store, at('a'))).toBeUndefined();
    expect(await store.invalidateMatching(`${ns}*`)).toBe(1);
    await client.set(`lease:{${ns}a}`, '0.1-token', 'PX', MINUTE);
    await store.invalidate({ kind: 'key', key: `${ns}a` });
    expect(await keysWith(client, ns)).toEqual([]);
  });

  it('returns no grace copy of an entry that version 0.1 invalidated', async () => {
    const { client, store, at, ns } = await setUp();
    await putText(store, at('a'), 'old', { graceMs: MINUTE });
    await client.unlink(`${ns}a`, `lease:{${ns}a}`);
    const address = at('a', { grace: true });
    expect(await store.lease(address, 'first', MINUTE)).not.toHaveProperty('grace');
    expect(await store.lease(address, 'second', MINUTE)).toEqual({ state: 'held', token: 'first' });
  });

  it('keeps an epoch no longer than its entries can need it', async () => {
    const { client, store, at, ns } = await setUp();
    const address = at('a', { tags: [`${ns}t`] });
    const lease = await takeLease(store, address);
    const pttl = () => client.pttl(`cache:tag:{${ns}t}`);
    expect(await pttl()).toBeLessThanOrEqual(11 * MINUTE);
    await store.fill(address, lease, textValue('value', { ttlMs: 60 * MINUTE, graceMs: MINUTE }));
    expect(await pttl()).toBeGreaterThan(61 * MINUTE);
    expect(await pttl()).toBeLessThanOrEqual(71 * MINUTE);
  });

  it('takes a record that is nothing and never expires for none', async () => {
    const { client, store, at, ns } = await setUp();
    await client.set(`lease:{${ns}a}`, 'garbage');
    await putText(store, at('a'));
    expect(await readText(store, at('a'))).toBe('value');
  });

  it.each([
    { walk: 'records', firstPage: 1 },
    { walk: 'values', firstPage: undefined },
  ])('leaves nothing of a fill that arrives as $walk are walked', async ({ firstPage }) => {
    const { client, store, at, ns } = await setUp();
    const lease = await takeLease(store, at('a'));
    const page = firstPage ?? (await pagesOfOneWalk(client as Redis)) + 1;
    const stored = beforeScan(client as Redis, page, () =>
      store.fill(at('a'), lease, textValue('stale', { graceMs: MINUTE })),
    );
    await store.invalidateMatching(`${ns}*`);
    expect(await stored).toBe(firstPage === 1);
    expect(await readText(store, at('a'))).toBeUndefined();
    expect(await keysWith(client, ns)).toEqual([]);
  });

  it('removes entries also from a server that is full', async () => {
    const redis = await startTestRedis();
    const client = (await connectRedis(redis.url)) as Redis;
    const store = testStore({ client });
    const target = { kind: 'key', key: 'a' } as const;
    for (const remove of [
      () => store.invalidate(target),
      () => store.lift(target, 'id'),
      () => store.fence(target, 'id', MINUTE),
    ]) {
      await putText(store, { key: 'a' });
      await client.config('SET', 'maxmemory', '1');
      await remove();
      await client.config('SET', 'maxmemory', '0');
      expect(await readText(store, { key: 'a' })).toBeUndefined();
    }
  });

  it('removes by pattern a grace copy without its evicted record', async () => {
    const { client, store, at, ns } = await setUp();
    await putText(store, at('a'), 'value', { graceMs: MINUTE });
    await client.unlink(`lease:{${ns}a}`, `${ns}a`);
    expect(await store.invalidateMatching(`${ns}*`)).toBe(0);
    expect(await keysWith(client, ns)).toEqual([]);
  });

  it('leaves keys of others alone, also those under another prefix', async () => {
    const { client, ns } = await setUp();
    const { pathname } = new URL(url!);
    const prefixed = await connectRedis({
      ...nodesAt([url!])[0],
      db: Number(pathname.slice(1)),
      keyPrefix: `${ns}mine:`,
    });
    await client.set(`${ns}yours:a`, 'kept');
    await client.set(`${ns}mine:a`, 'removed');
    expect(await testStore({ client: prefixed }).invalidateMatching('*')).toBe(1);
    expect(await keysWith(client, `${ns}yours`)).toEqual([`${ns}yours:a`]);
    expect(await client.exists(`${ns}mine:a`)).toBe(0);
  });

  it('leaves the client open: the caller closes it', async () => {
    const { client, store } = await setUp();
    await store.close();
    expect(await client.ping()).toBe('PONG');
  });

  it('marks an error of one key as such, without its keys and values', async () => {
    const { client, store, at, ns } = await setUp();
    const lease = await takeLease(store, at('a'));
    Object.assign(client, {
      relayFill: () => Promise.reject(Object.assign(new Error('WRONGTYPE'), { command: ns })),
    });
    const error = await store.fill(at('a'), lease, textValue('value')).catch((cause) => cause);
    expect(error).toBeInstanceOf(CacheStoreError);
    expect(error).toMatchObject({ failure: 'error', ofKey: true });
    expect(JSON.stringify([error, error.cause])).not.toContain(ns);
  });

  it('follows the clock of the server', async () => {
    const { client, store, at, ns } = await setUp({ now: () => Date.now() + 3_600_000 });
    await putText(store, at('a'));
    const [seconds] = await client.time();
    expect(Math.abs(store.now() - Number(seconds) * 1000)).toBeLessThan(MINUTE);
    expect(ns).not.toBe('');
  });

  it.each(['app{', 'app}', '{}'])('refuses the prefix %s, which splits hash slots', (keyPrefix) => {
    const client = { options: { keyPrefix }, defineCommand() {} } as never;
    expect(() => testStore({ client })).toThrow(CacheUsageError);
  });
});

describe.skipIf(clusterUrls === null)('over a Redis Cluster, the store', () => {
  it('spreads entries over all masters, finds them all again, and counts them all', async () => {
    const client = await connectRedis({ nodes: nodesAt(clusterUrls!) });
    const store = testStore({ client });
    const ns = `spread-${randomUUID()}:`;
    const addresses = Array.from({ length: 300 }, (_, n) => ({ key: `${ns}${n}` }));
    for (const address of addresses) await putText(store, address);
    const sizes = await Promise.all(mastersOf(client).map((master) => master.dbsize()));
    expect(sizes.length).toBe(3);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    expect((await store.info()).keyCount).toBeGreaterThanOrEqual(300);
    const entries = await store.read(addresses);
    expect(entries.filter(Boolean)).toHaveLength(300);
    expect(await store.invalidateMatching(`${ns}*`)).toBe(300);
    expect(await keysWith(client, ns)).toEqual([]);
  });
});

async function setUp(options: { now?: () => number } = {}) {
  const client = await connectRedis(url!);
  const ns = `store-${randomUUID()}:`;
  const at = (text: string, more: { tags?: string[]; grace?: boolean } = {}) => ({
    key: ns + text,
    ...more,
  });
  return { client, store: testStore({ client, ...options }), ns, at };
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
