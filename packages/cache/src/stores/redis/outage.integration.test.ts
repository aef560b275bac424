import { startTestRedis, testRedis } from '@relay/dev-servers/testing';
import { describe, expect, it, vi } from 'vitest';

import type { CacheOptions } from '../../api.ts';
import { connectRedis, testClient, testStore } from '../../testing/redis.ts';
import { createTestCache } from '../../testing/test-cache.ts';
import type { ConnectionEvent, RedisConnection } from './client.ts';

const missing = (await testRedis()) === null;
const KEY = 'posts:all';
/** A deadline that a busy machine keeps. Where silence is the subject, the default of 250 ms is used. */
const PATIENT = { operationTimeoutMs: 5000 };
/** How long the product may take to notice; a test that is right ends long before. */
const EVENTUALLY = { timeout: 15_000, interval: 10 };

describe.skipIf(missing)('when Redis is killed', () => {
  it('reads are answered by the loader, and by Redis again once it is back on its port', async () => {
    const redis = await startTestRedis();
    const { read, cache, of } = await cacheOver(redis.url, PATIENT);
    await read();
    expect(await read()).toBe('hit');

    await redis.kill();
    // One after the other: reads of one turn are one failure.
    for (let id = 0; id < 20; id += 1) expect(await read(`posts:id:${id}`)).toBe('fallback');
    expect(await cache.health()).toMatchObject({ status: 'down', breaker: 'open', store: null });

    await startTestRedis({ port: redis.port });
    await vi.waitFor(async () => expect(await read()).toBe('miss'), EVENTUALLY);
    expect(await read()).toBe('hit');
    expect(of('store-down')).toHaveLength(1);
    expect(of('store-up')).toHaveLength(1);
  });

  it('an invalidation reports its failure, and entries that Redis wrote to disk are not served again', async () => {
    const redis = await startTestRedis({ appendonly: true });
    const dir = await dataFolder(redis.url);
    const { cache, client, of } = await cacheOver(redis.url, PATIENT);
    let votes = 1;
    const readVotes = async () => {
      const request = { key: KEY, ttlSeconds: 300, load: async () => String(votes) };
      const { bytes, outcome } = await cache.read(request);
      return `${outcome} ${bytes.toString()}`;
    };
    expect(await readVotes()).toBe('miss 1');
    // Only entries on disk come back after a SIGKILL.
    await client.config('SET', 'appendfsync', 'always');
    await client.set('the last thing', 'written');

    await redis.kill();
    votes = 2;
    expect(await cache.invalidateCache(KEY)).toMatchObject({ status: 'failed', retrying: true });
    expect(await readVotes()).toBe('fallback 2');

    const restarted = await startTestRedis({ port: redis.port, dir, appendonly: true });
    const seen = new Set<string>();
    await vi.waitFor(async () => {
      seen.add(await readVotes());
      expect(of('invalidated')).toHaveLength(1);
    }, EVENTUALLY);
    seen.add(await readVotes());
    expect(await readVotes()).toBe('hit 2');
    expect([...seen].filter((text) => !text.endsWith(' 2'))).toEqual([]);
    // The old value had come back from disk; the replay removed it.
    expect(of('invalidated')).toMatchObject([{ target: KEY, removed: 1, replayed: true }]);
    await restarted.stop();
  });

  it('a cache that starts without it finds it later', async () => {
    const redis = await startTestRedis();
    await redis.kill();
    const client = testClient(redis.url);
    const { read } = reading({ store: testStore({ client }) });
    expect(await read()).toBe('fallback');
    await startTestRedis({ port: redis.port });
    await vi.waitFor(async () => expect(await read()).toBe('hit'), EVENTUALLY);
  });
});

describe.skipIf(missing)('when Redis does not answer', () => {
  it('reads wait one deadline at most, then none, and Redis is found again once it answers', async () => {
    const redis = await startTestRedis();
    const { read, cache, of } = await cacheOver(redis.url, { failureThreshold: 5 });
    await read();

    redis.pause();
    // One after the other: it takes five deadlines for the breaker to open.
    for (let n = 0; n < 5; n += 1) expect(await read()).toBe('fallback');
    expect(of('fallback').map(({ error }) => error.failure)).toEqual(
      Array.from({ length: 5 }, () => 'timeout'),
    );
    expect(of('store-down')).toHaveLength(1);
    expect(await read()).toBe('fallback');
    expect(of('fallback').at(-1)?.error.failure).toBe('open');
    expect(await cache.invalidateCache(KEY)).toMatchObject({ status: 'failed', retrying: true });

    redis.resume();
    await vi.waitFor(() => expect(of('store-up')).toHaveLength(1), EVENTUALLY);
    expect(of('store-up')).toHaveLength(1);
    await vi.waitFor(async () => expect(await read()).toBe('hit'), EVENTUALLY);
  });

  it('is found again also after the silent connection has been dropped', async () => {
    const redis = await startTestRedis();
    const events: ConnectionEvent['type'][] = [];
    const client = testClient(redis.url, ({ type }) => events.push(type));
    const { read } = reading({ store: testStore({ client }) });
    await vi.waitFor(async () => expect(await read()).toBe('hit'), EVENTUALLY);
    redis.pause();
    // The client closes the connection and opens another, which gets no answer either.
    await vi.waitFor(async () => {
      expect(await read()).toBe('fallback');
      expect(events).toContain('reconnecting');
    }, EVENTUALLY);
    redis.resume();
    await vi.waitFor(async () => expect(await read()).toBe('hit'), EVENTUALLY);
  });

  it('a fill that it carries out late is refused, when the key was invalidated meanwhile', async () => {
    const redis = await startTestRedis();
    const { cache, of } = await cacheOver(redis.url);
    const other = await connectRedis(redis.url);
    const { promise: source, resolve: finishLoad } = Promise.withResolvers<string>();
    const slowRead = cache.read({ key: KEY, ttlSeconds: 300, load: () => source });
    await vi.waitFor(() => expect(of('miss')).toHaveLength(1), EVENTUALLY);

    // A writer elsewhere invalidates; then Redis falls silent, with the old value still to come.
    await testStore({ client: other }).invalidate({ kind: 'key', key: KEY });
    redis.pause();
    finishLoad('old');
    expect((await slowRead).bytes.toString()).toBe('old');
    // The reader waits no longer than its time for the store; the fill has a deadline of its own.
    await vi.waitFor(
      () => expect(of('fill-refused')).toMatchObject([{ error: { failure: 'timeout' } }]),
      EVENTUALLY,
    );

    redis.resume();
    // Redis answers in order: after this, the late fill has been carried out.
    await vi.waitFor(async () => expect((await cache.health()).status).toBe('up'), EVENTUALLY);
    expect(await other.get(KEY)).toBeNull();
  });
});

describe.skipIf(missing)('when Redis is there but of no use', () => {
  it('flushed: reads miss and fill again, and a load that was under way is not stored', async () => {
    const redis = await startTestRedis();
    const { read, cache, client, of } = await cacheOver(redis.url, PATIENT);
    await read();
    const { promise: source, resolve: finishLoad } = Promise.withResolvers<string>();
    const slow = cache.read({ key: 'posts:id:1', ttlSeconds: 300, load: () => source });
    await vi.waitFor(() => expect(of('miss')).toHaveLength(2), EVENTUALLY);
    await client.flushall();
    finishLoad('value');
    await slow;
    expect(of('fill-refused')).toHaveLength(1);
    expect(await read()).toBe('miss');
    expect(await read()).toBe('hit');
  });

  it('full: values that cannot be stored are served', async () => {
    const redis = await startTestRedis({
      extraArgs: ['--maxmemory', '1', '--maxmemory-policy', 'noeviction'],
    });
    const { read, cache, of } = await cacheOver(redis.url, { failureThreshold: 100 });
    expect(await read()).toBe('fallback');
    expect(String(of('fallback')[0]?.error.cause)).toContain('OOM');
    expect((await cache.health()).store).toMatchObject({ maxMemoryBytes: 1 });
    // Removing needs no memory.
    expect(await cache.invalidateCache(KEY)).toMatchObject({ status: 'applied' });
  });

  it.each([
    { why: 'a wrong password', as: { password: 'wrong-secret' }, code: 'WRONGPASS' },
    { why: 'no password', as: {}, code: 'NOAUTH' },
    {
      why: 'an unknown user',
      as: { username: 'nobody', password: 'wrong-secret' },
      code: 'WRONGPASS',
    },
  ])(
    'refusing us for $why: reads go past it, and no error carries the password',
    async ({ as, code }) => {
      const redis = await startTestRedis({ extraArgs: ['--requirepass', 'right-secret'] });
      const errors: Error[] = [];
      const client = testClient({ host: '127.0.0.1', port: redis.port, ...as }, (event) => {
        if (event.type === 'error') errors.push(event.error);
      });
      const { read, of } = reading({ store: testStore({ client }) });
      await vi.waitFor(() => expect(errors).not.toEqual([]), EVENTUALLY);
      expect(await read()).toBe('fallback');
      expect(errors[0]?.message).toContain(code);
      for (const error of [...errors, ...of('fallback').map(({ error }) => error)]) {
        expect(everything(error)).not.toContain('secret');
      }
    },
  );

  it('refusing our commands: reads bypass it, and the error names the missing permission', async () => {
    const redis = await startTestRedis();
    const admin = await connectRedis(redis.url);
    await admin.acl(
      'SETUSER',
      'reader',
      'on',
      '>some-secret',
      '~*',
      '+@connection',
      '+info',
      '+get',
    );
    const { read, of } = await cacheOver({
      host: '127.0.0.1',
      port: redis.port,
      username: 'reader',
      password: 'some-secret',
    });
    expect(await read()).toBe('fallback');
    const [fallback] = of('fallback');
    expect(String(fallback?.error.cause)).toContain('NOPERM');
    expect(everything(fallback?.error)).not.toContain('some-secret');
  });

  it('made a replica: the client leaves it, and comes back when it is a master again', async () => {
    const [master, redis] = await Promise.all([startTestRedis(), startTestRedis()]);
    const admin = await connectRedis(redis.url);
    const connections: string[] = [];
    const client = testClient(redis.url, ({ type }) => connections.push(type));
    const { read, cache, of } = reading({ store: testStore({ client }) });
    await vi.waitFor(async () => expect(await read()).toBe('hit'), EVENTUALLY);
    connections.length = 0;

    await admin.replicaof('127.0.0.1', String(master.port));
    const result = await cache.invalidateCache(KEY);
    expect(result).toMatchObject({ status: 'failed' });
    expect(String(result.status === 'failed' && result.error.cause)).toContain('READONLY');
    await vi.waitFor(() => expect(connections).toContain('reconnecting'), EVENTUALLY);

    await admin.replicaof('NO', 'ONE');
    await vi.waitFor(
      () => expect(of('invalidated').at(-1)).toMatchObject({ replayed: true }),
      EVENTUALLY,
    );
    await vi.waitFor(async () => expect(await read()).toBe('hit'), EVENTUALLY);
  });
});

async function cacheOver(connection: RedisConnection, options: Partial<CacheOptions> = {}) {
  const client = await connectRedis(connection);
  return { client, ...reading({ store: testStore({ client }), ...options }) };
}

/** A cache, and a read of one key that returns the outcome. */
function reading(options: Partial<CacheOptions>) {
  const test = createTestCache(options);
  async function read(key = KEY) {
    const { outcome } = await test.cache.read({
      key,
      ttlSeconds: 300,
      load: async () => 'value',
    });
    return outcome;
  }
  return { ...test, read };
}

async function dataFolder(url: string): Promise<string> {
  const client = await connectRedis(url);
  const [, dir] = (await client.config('GET', 'dir')) as [string, string];
  client.disconnect();
  return dir;
}

/** All that a logger could find on an error and its causes. */
function everything(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? '';
  return `${error.message} ${error.stack} ${JSON.stringify(error)} ${everything(error.cause)}`;
}
