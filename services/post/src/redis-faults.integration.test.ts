import { randomUUID } from 'node:crypto';
import path from 'node:path';

import { freePort } from '@relay/dev-servers';
import { startTestRedis, testDatabase, testRedis } from '@relay/dev-servers/testing';
import { Redis } from 'ioredis';
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest';

import { migrated } from './testing/migrated.ts';
import { runService, type Answer, type Caller } from './testing/running-service.ts';
import { newAuthor } from './testing/tokens.ts';

type Json = Answer['json'];

const ann = newAuthor();
const draft = { title: 'A title', url: 'https://a.example/' };

/**
 * The service with its own Redis and a user. With its own database, since the outbox of another test
 * may contain rows that are pending for a Redis.
 */
async function setUp(redisUrl: string | null, settings: Record<string, string> = {}) {
  const databaseUrl = await migrated(await testDatabase());
  const environment = { CACHE_TIMEOUT_MS: '100', ...settings };
  const service = await runService({ databaseUrl, redisUrl, environment });
  onTestFinished(async () => void (await service.stop()));
  await service.ready;
  const call = await service.as(ann);
  const create = async () => {
    const { status, json } = await call('POST', '/api/posts', { body: draft });
    expect(status).toBe(201);
    return json.id as string;
  };
  return { service, call, create };
}

const placesOf = (id: string) => [
  '/api/posts',
  '/api/posts/top?limit=10',
  `/api/posts?user=${ann.id}`,
  `/api/posts/${id}`,
];

async function execute({ url }: { url: string }, command: string, ...args: string[]) {
  const client = new Redis(url);
  return client.call(command, ...args).finally(() => client.disconnect());
}

/** Everything that the API can do, without Redis. */
async function expectAllAnsweredFromPostgres(call: Caller, id: string): Promise<void> {
  for (const place of placesOf(id)) {
    expect(await call('GET', place)).toMatchObject({ status: 200, cache: 'FALLBACK' });
  }
  const { json } = await call('POST', '/api/posts', { body: draft });
  expect((await call('GET', '/api/posts')).json.posts[0]).toEqual(json);
  expect((await call('PUT', `/api/posts/${json.id}/upvote`)).json.votes).toBe(1);
  expect((await call('GET', `/api/posts/${json.id}`)).json.votes).toBe(1);
  expect((await call('DELETE', `/api/posts/${json.id}`)).status).toBe(204);
  expect(await call('GET', `/api/posts/${json.id}`)).toMatchObject({
    status: 404,
    cache: 'FALLBACK',
  });
}

/**
 * Reads until the cache recovers, and checks every response with `isFresh`:
 * old entries must not be served.
 */
async function untilCached(call: Caller, place: string, isFresh: (json: Json) => boolean) {
  const stale: unknown[] = [];
  const read = async () => {
    const { cache, json } = await call('GET', place);
    if (!isFresh(json)) stale.push(json);
    return cache;
  };
  await expect.poll(read, { timeout: 20_000 }).toBe('HIT');
  expect(stale).toEqual([]);
}

const shows = (id: string) => (json: Json) =>
  json.posts.some((post: { id: string }) => post.id === id);

const anything = () => true;

/** Waits until users can see this state of the cache. */
async function untilCacheIs(state: 'up' | 'away', call: Caller): Promise<void> {
  const status = async () => (await call('GET', '/api/posts/cache')).json;
  await vi.waitFor(async () => expect(await status()).toMatchObject({ store: 'redis', state }), {
    timeout: 10_000,
  });
}

const degraded = { status: 'degraded', postgres: 'up', redis: 'down' };

describe.skipIf((await testRedis()) === null)('without Redis everything is answered', () => {
  test('when it is down at the start, and cached as soon as it is up', async () => {
    const port = await freePort();
    const { service, call, create } = await setUp(`redis://127.0.0.1:${port}`);
    const id = await create();
    await expectAllAnsweredFromPostgres(call, id);
    expect(await service.anonymous('GET', '/health')).toMatchObject({
      status: 200,
      json: degraded,
    });
    expect((await service.admin('/readyz')).status).toBe(200);

    await startTestRedis({ port });
    await untilCached(call, '/api/posts', shows(id));
    expect((await service.anonymous('GET', '/api/posts/health')).json).toEqual({
      status: 'ok',
      postgres: 'up',
      redis: 'up',
    });
  });

  test('when it is killed, and cached again when it is back with nothing', async () => {
    const redis = await startTestRedis();
    const { service, call, create } = await setUp(redis.url);
    const id = await create();
    await untilCached(call, '/api/posts', shows(id));

    await untilCacheIs('up', call);

    await redis.kill();
    // Until the breaker opens, a request or two fail by themselves.
    await expectAllAnsweredFromPostgres(call, id);
    expect(await service.anonymous('GET', '/health')).toMatchObject({
      status: 200,
      json: degraded,
    });
    expect((await service.admin('/health')).json).toMatchObject({
      ...degraded,
      cache: { store: 'redis', latencyMs: null, keyCount: null },
    });
    expect((await service.admin('/readyz')).status).toBe(200);
    await untilCacheIs('away', call);

    await startTestRedis({ port: redis.port });
    for (const place of placesOf(id)) await untilCached(call, place, anything);
    await untilCacheIs('up', call);
    expect((await service.admin('/health')).json).toMatchObject({
      status: 'ok',
      redis: 'up',
      cache: { store: 'redis', breaker: 'closed' },
    });
  });

  test('when it is killed, and its old entries are not served after the restart', async () => {
    const dir = path.join(inject('testFolder'), `redis-${randomUUID()}`);
    const redis = await startTestRedis({ appendonly: true, dir });
    await execute(redis, 'SET', 'a witness', 'is back');
    const { call, create } = await setUp(redis.url);
    const before = await create();
    for (const place of placesOf(before)) await untilCached(call, place, anything);

    await redis.kill();
    const after = await create();
    await call('PUT', `/api/posts/${before}/upvote`);
    const restarted = await startTestRedis({ appendonly: true, dir, port: redis.port });
    expect(await execute(restarted, 'GET', 'a witness')).toBe('is back');
    await untilCached(call, '/api/posts', shows(after));
    await untilCached(call, `/api/posts?user=${ann.id}`, shows(after));
    await untilCached(call, `/api/posts/${before}`, ({ votes }) => votes === 1);
  });

  test('when it stops responding, and its old entries are not served when it recovers', async () => {
    const redis = await startTestRedis();
    const { service, call, create } = await setUp(redis.url);
    const before = await create();
    for (const place of placesOf(before)) await untilCached(call, place, anything);

    redis.pause();
    const after = await create();
    await expectAllAnsweredFromPostgres(call, after);
    expect((await service.anonymous('GET', '/health')).json).toEqual(degraded);
    redis.resume();
    await untilCached(call, '/api/posts', shows(after));
    await untilCached(call, `/api/posts?user=${ann.id}`, shows(after));
  });

  test('and the loss is logged once, not per request', async () => {
    const redis = await startTestRedis();
    const { service, call, create } = await setUp(redis.url);
    const id = await create();
    await untilCached(call, '/api/posts', shows(id));
    await redis.kill();
    service.logLines.length = 0;
    for (let n = 0; n < 30; n += 1) await call('GET', '/api/posts');
    const said = (msg: string) => service.logLines.filter((line) => line['msg'] === msg).length;
    expect(said('Cache store lost - reading from source')).toBe(1);
    expect(said('Redis connection failed, retrying')).toBeLessThanOrEqual(1);
  });
});

test('in strict mode a write is rejected before it is made, and reads continue', async () => {
  const { service, call } = await setUp('redis://127.0.0.1:1', { CACHE_CONSISTENCY: 'strict' });
  const { json: before } = await call('GET', '/api/posts');
  const refused = await call('POST', '/api/posts', { body: draft });
  expect(refused).toMatchObject({ status: 503, json: { type: 'urn:relay:problem:unavailable' } });
  expect(refused.headers.get('Retry-After')).toBe('1');
  expect(await call('GET', '/api/posts')).toMatchObject({
    status: 200,
    cache: 'FALLBACK',
    json: before,
  });
  const { text } = await service.admin('/metrics');
  expect(text).toContain('cache_mutations_total{outcome="refused"} 1\n');
});

test('without a configured Redis the process caches in memory, and health is off', async () => {
  const { service, call, create } = await setUp(null);
  const id = await create();
  await untilCached(call, '/api/posts', shows(id));
  const health = { status: 'ok', postgres: 'up', redis: 'off' };
  expect((await service.anonymous('GET', '/health')).json).toEqual(health);
  // The new post and the list.
  expect((await service.admin('/health')).json).toMatchObject({
    ...health,
    cache: { store: 'memory', breaker: 'closed', keyCount: 2 },
  });
});
