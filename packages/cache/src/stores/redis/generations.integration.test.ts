import { createServer } from 'node:net';

import { freePort } from '@relay/dev-servers';
import { startTestRedis, testRedis } from '@relay/dev-servers/testing';
import { describe, expect, it, vi } from 'vitest';

import type { CacheStore } from '../../protocol/store.ts';
import { connectRedis, testClient, testStore } from '../../testing/redis.ts';
import { putText, readText, takeLease, textValue } from '../../testing/stored-value.ts';
import type { RedisClient } from './client.ts';

const missing = (await testRedis()) === null;
const EVENTUALLY = { timeout: 15_000, interval: 10 };
const A = { key: 'a' };
const B = { key: 'b' };
const at = (key: string) => ({ key });
const FAST = { heartbeatMs: 50 };

describe.skipIf(missing)('entries of another incarnation of Redis are void:', () => {
  it('restarted from an old backup, with entries, grace copies, and a lease', async () => {
    const extraArgs = ['--dbfilename', 'old.rdb'];
    const redis = await startTestRedis({ extraArgs });
    const { client, store, replaced } = await storeAt(redis.url);
    await putText(store, { ...A, grace: true }, 'old', { graceMs: 60_000 });
    const lease = await takeLease(store, B);
    const [, dir] = await client.config('GET', 'dir');
    await client.save();
    await redis.stop();

    const restarted = await startTestRedis({ port: redis.port, dir: dir!, extraArgs });
    await becomesReady(store);
    expect(await client.get('a')).toBe('old');
    expect(await readText(store, A)).toBeUndefined();
    expect(await store.fill(at('b'), lease, textValue('stale'))).toBe(false);
    expect(await store.extend(B, lease, 1000)).toBe(false);
    const result = await store.lease({ ...A, grace: true }, 'token', 1000);
    expect(result.state).toBe('granted');
    expect(result).not.toHaveProperty('grace');
    expect(replaced).toHaveBeenCalledTimes(1);
    await restarted.stop();
  });

  it('flushed: they are gone, and so are the leases', async () => {
    const redis = await startTestRedis();
    const { client, store, replaced } = await storeAt(redis.url);
    await putText(store, A);
    const lease = await takeLease(store, B);
    await client.flushall();
    expect(await readText(store, A)).toBeUndefined();
    expect(await store.fill(at('b'), lease, textValue('stale'))).toBe(false);
    expect(replaced).not.toHaveBeenCalled();
  });

  it('a master that became a replica, though the connection stays', async () => {
    const [other, redis] = await Promise.all([startTestRedis(), startTestRedis()]);
    const { store } = await storeAt(redis.url);
    const admin = await connectRedis(redis.url);
    await putText(store, A);
    await admin.replicaof('127.0.0.1', String(other.port));
    await vi.waitFor(async () => {
      await expect(readText(store, A)).resolves.toBeUndefined();
      await expect(store.ping()).rejects.toThrow(/READONLY|no master|not connected/);
    }, EVENTUALLY);
  });

  it('a replica that was promoted, with the entries it had copied', async () => {
    const extraArgs = ['--repl-diskless-sync-delay', '0'];
    const [master, replica] = await Promise.all([
      startTestRedis({ extraArgs }),
      startTestRedis({ extraArgs }),
    ]);
    const { store } = await storeAt(master.url);
    const admin = await connectRedis(replica.url);
    await admin.replicaof('127.0.0.1', String(master.port));
    // Redis takes a new replication id, and so a new generation, for its first replica.
    await vi.waitFor(
      async () => expect(await admin.info('replication')).toContain('master_link_status:up'),
      EVENTUALLY,
    );
    await store.ping();
    await putText(store, A);
    const lease = await takeLease(store, B);
    await vi.waitFor(async () => expect(await admin.dbsize()).toBe(4), EVENTUALLY);
    await admin.replicaof('NO', 'ONE');

    const promoted = await storeAt(replica.url);
    expect(await admin.get('a')).toBe('value');
    expect(await readText(promoted.store, A)).toBeUndefined();
    expect(await promoted.store.fill(at('b'), lease, textValue('stale'))).toBe(false);
    expect((await promoted.store.lease(A, 'token', 1000)).state).toBe('granted');
  });

  it('a primary that lost its replicas, while it must have some', async () => {
    const redis = await startTestRedis();
    const { client, store } = await storeAt(redis.url);
    await putText(store, A);
    await client.config('SET', 'min-replicas-to-write', '1');
    await vi.waitFor(async () => expect(await readText(store, A)).toBeUndefined(), EVENTUALLY);
    await expect(store.ping()).rejects.toThrow('NOREPLICAS');
    await client.config('SET', 'min-replicas-to-write', '0');
    await vi.waitFor(async () => expect(await readText(store, A)).toBe('value'), EVENTUALLY);
  });

  it('but not when only the connection was lost', async () => {
    const redis = await startTestRedis();
    const { client, store, replaced } = await storeAt(redis.url);
    await putText(store, A);
    const admin = await connectRedis(redis.url);
    await admin.client('KILL', 'ID', await client.client('ID'));
    await becomesReady(store);
    await vi.waitFor(async () => expect(await readText(store, A)).toBe('value'), EVENTUALLY);
    expect(replaced).not.toHaveBeenCalled();
  });

  it('all of them, without the permission for INFO, and ping reports it', async () => {
    const redis = await startTestRedis();
    const admin = await connectRedis(redis.url);
    await admin.acl('SETUSER', 'reader', 'on', '>secret', '~*', '+@all', '-info');
    const client = testClient({
      host: '127.0.0.1',
      port: redis.port,
      username: 'reader',
      password: 'secret',
      enableReadyCheck: false,
    });
    const store = testStore({ client });
    await vi.waitFor(async () => expect(await readText(store, A)).toBeUndefined(), EVENTUALLY);
    await expect(store.ping()).rejects.toThrow('NOPERM');
    await expect(store.lease(A, 'token', 1000)).rejects.toThrow(
      /can't run this command|NOPERM|permission/,
    );
  });
});

describe.skipIf(missing)('the first call', () => {
  it('waits for the connection, so that a store works a line after its client', async () => {
    const redis = await startTestRedis();
    const store = testStore({ client: testClient(redis.url) });
    await putText(store, A);
    expect(await readText(store, A)).toBe('value');
  });

  it('connects a lazy client', async () => {
    const redis = await startTestRedis();
    const client = testClient({ host: '127.0.0.1', port: redis.port, lazyConnect: true });
    const store = testStore({ client });
    expect(client.status).toBe('wait');
    expect(await readText(store, A)).toBeUndefined();
    await putText(store, A);
  });

  it('finds an entry of an earlier process', async () => {
    const redis = await startTestRedis();
    await putText(testStore({ client: testClient(redis.url) }), A);
    expect(await readText(testStore({ client: testClient(redis.url) }), A)).toBe('value');
  });

  it('rejects once the connection has failed, and later ones reject at once until there is one', async () => {
    const port = await freePort();
    const store = testStore({ client: testClient(`redis://127.0.0.1:${port}`) });
    await expect(store.read([A])).rejects.toThrow('Redis is not connected');
    await expect(store.lease(A, 'token', 1000)).rejects.toThrow('Redis is not connected');
    await startTestRedis({ port });
    await vi.waitFor(() => store.ping(), EVENTUALLY);
    await putText(store, A);
  });

  it('waits no longer than the attempt to connect, if nothing answers', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    const { port } = silent.address() as { port: number };
    const store = testStore({ client: testClient(`redis://127.0.0.1:${port}`) });
    await expect(store.read([A])).rejects.toThrow('Redis is not connected');
    silent.close();
  });
});

async function storeAt(url: string) {
  const client: RedisClient = await connectRedis(url);
  const store = testStore({ client, ...FAST });
  const replaced = vi.fn<() => void>();
  store.onReplaced(replaced);
  await store.ping();
  if ('nodes' in client) throw new Error('this is one Redis');
  return { client, store, replaced };
}

async function becomesReady(store: CacheStore): Promise<void> {
  await vi.waitFor(() => store.ping(), EVENTUALLY);
}
