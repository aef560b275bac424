import { randomUUID } from 'node:crypto';

import { testDatabase, testRedis } from '@relay/dev-servers/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { migrated } from './testing/migrated.ts';
import { runService, type Caller, type RunningService } from './testing/running-service.ts';
import { newAuthor } from './testing/tokens.ts';

const redisUrl = await testRedis();
const stores = [
  { name: 'the in-process store', url: null },
  ...(redisUrl ? [{ name: 'Redis', url: redisUrl }] : []),
];
const absentId = () => randomUUID();

describe.each(stores)('reads through $name', ({ url }) => {
  const ann = newAuthor();
  let service: RunningService;
  let asAnn: Caller;
  let postId: string;

  beforeAll(async () => {
    service = await runService({
      databaseUrl: await migrated(await testDatabase()),
      redisUrl: url,
    });
    await service.connected();
    asAnn = await service.as(ann);
  });
  afterAll(() => service.stop());

  /** A new post: every list that can show it starts empty in the cache. */
  async function post(title = 'A title'): Promise<string> {
    const { json } = await asAnn('POST', '/api/posts', {
      body: { title, url: 'https://a.example' },
    });
    return json.id as string;
  }

  const listPaths = ['/api/posts', `/api/posts?user=${ann.id}`, '/api/posts/top'];
  const cachedPaths = () => [...listPaths, `/api/posts/${postId}`];

  test('the first is a MISS, the next a HIT of the same bytes', async () => {
    postId = await post();
    for (const path of listPaths) {
      const [first, second] = [await asAnn('GET', path), await asAnn('GET', path)];
      expect([first.status, first.cache, second.status, second.cache]).toEqual([
        200,
        'MISS',
        200,
        'HIT',
      ]);
      expect(second.text).toBe(first.text);
      expect(second.headers.get('ETag')).toBe(first.headers.get('ETag'));
    }
  });

  test('a post has the fields that are promised, in every list', async () => {
    const id = await post('Ärger 🙂');
    const expected = {
      id,
      title: 'Ärger 🙂',
      url: 'https://a.example/',
      votes: 0,
      author: ann,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    };
    expect((await asAnn('GET', `/api/posts/${id}`)).json).toEqual(expected);
    expect((await asAnn('GET', '/api/posts')).json.posts[0]).toEqual(expected);
    expect((await asAnn('GET', '/api/posts/top')).json.posts).toContainEqual(expected);
    expect((await asAnn('GET', `/api/posts?user=${ann.id}`)).json.posts[0]).toEqual(expected);
  });

  test.each([
    '/api/posts?limit=49',
    '/api/posts?limit=1',
    '/api/posts/top?limit=11',
    '/api/posts/top?limit=50',
  ])('%s has no cache key and is always UNCACHED', async (path) => {
    for (const _time of [1, 2]) {
      const answer = await asAnn('GET', path);
      expect([answer.status, answer.cache]).toEqual([200, 'UNCACHED']);
      expect(answer.headers.get('ETag')).toBeTruthy();
    }
  });

  test.each([
    ['/api/posts', '/api/posts?limit=50'],
    ['/api/posts/top', '/api/posts/top?limit=10'],
  ])('%s and %s are one entry', async (bare, explicit) => {
    await post();
    expect((await asAnn('GET', bare)).cache).toBe('MISS');
    expect((await asAnn('GET', explicit)).cache).toBe('HIT');
  });

  test('a page after a cursor is UNCACHED, and starts where the last one ended', async () => {
    const bob = newAuthor('bob');
    const asBob = await service.as(bob);
    const body = { title: 'One of three', url: 'https://b.example' };
    for (const _n of [1, 2, 3]) await asBob('POST', '/api/posts', { body });
    const first = await asBob('GET', `/api/posts?user=${bob.id}&limit=2`);
    expect(first.json.posts).toHaveLength(2);
    const second = await asBob('GET', `/api/posts?user=${bob.id}&cursor=${first.json.next}`);
    expect(second).toMatchObject({ status: 200, cache: 'UNCACHED' });
    expect(second.json).toMatchObject({ posts: [{ title: 'One of three' }], next: null });
    const ids = [...first.json.posts, ...second.json.posts].map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(3);
  });

  test('an id in upper case is the same entry', async () => {
    const id = await post();
    await asAnn('GET', `/api/posts/${id}`);
    const upper = await asAnn('GET', `/api/posts/${id.toUpperCase()}`);
    expect(upper).toMatchObject({ status: 200, cache: 'HIT', json: { id } });
    await asAnn('GET', `/api/posts?user=${ann.id}`);
    const list = await asAnn('GET', `/api/posts?user=${ann.id.toUpperCase()}`);
    expect(list.cache).toBe('HIT');
  });

  test('absence is cached too: 404, then 404 from the cache', async () => {
    const path = `/api/posts/${absentId()}`;
    const [first, second] = [await asAnn('GET', path), await asAnn('GET', path)];
    expect(first).toMatchObject({ status: 404, cache: 'MISS' });
    expect(second).toMatchObject({ status: 404, cache: 'HIT' });
    expect(second.json).toMatchObject({ type: 'urn:relay:problem:not-found', status: 404 });
    expect(second.headers.get('ETag')).toBeNull();
    expect(second.headers.get('Cache-Control')).toBe('no-store');
  });

  test('no body depends on the viewer', async () => {
    postId = await post();
    for (const path of cachedPaths()) {
      const mine = await asAnn('GET', path);
      const theirs = await (await service.as(newAuthor('bob')))('GET', path);
      expect(theirs.cache).toBe('HIT');
      expect(theirs.text).toBe(mine.text);
      expect(theirs.headers.get('ETag')).toBe(mine.headers.get('ETag'));
    }
  });

  test('each has X-Cache, Server-Timing and Cache-Control', async () => {
    postId = await post();
    for (const path of [...cachedPaths(), '/api/posts?limit=7']) {
      const { headers, cache } = await asAnn('GET', path);
      expect(headers.get('Server-Timing')).toMatch(
        new RegExp(String.raw`^cache;desc=${cache};dur=\d+\.\d\d$`),
      );
      expect(headers.get('Cache-Control')).toBe('private, no-cache');
      expect(headers.get('ETag')).toMatch(/^"[\w-]+"$/);
      expect(headers.get('Content-Type')).toBe('application/json; charset=utf-8');
    }
  });

  test.each(['/api/posts', '/api/posts/top', '/api/posts?limit=7'])(
    '%s is not sent again to a client that has it',
    async (path) => {
      await post();
      const { headers } = await asAnn('GET', path);
      const etag = headers.get('ETag')!;
      const given = [etag, `W/${etag}`, `"other", ${etag}`, '*'];
      for (const header of given) {
        const answer = await asAnn('GET', path, { headers: { 'If-None-Match': header } });
        expect([answer.status, answer.text]).toEqual([304, '']);
        expect(answer.headers.get('ETag')).toBe(etag);
        expect(answer.headers.get('Cache-Control')).toBe('private, no-cache');
        expect(answer.cache).toMatch(/^(HIT|UNCACHED)$/);
      }
      const other = await asAnn('GET', path, { headers: { 'If-None-Match': '"other"' } });
      expect(other.status).toBe(200);
    },
  );

  test('an unchanged post is 304 even without a cache entry', async () => {
    const id = await post();
    const { headers } = await asAnn('GET', `/api/posts/${id}`);
    const missing = { headers: { 'If-None-Match': headers.get('ETag')! } };
    // Two opposite votes invalidate the entry and leave the post unchanged.
    await asAnn('DELETE', `/api/posts/${id}/upvote`);
    const answer = await asAnn('GET', `/api/posts/${id}`, missing);
    expect(answer).toMatchObject({ status: 304, cache: 'MISS', text: '' });
  });

  test('a changed post is sent again', async () => {
    const id = await post();
    const { headers } = await asAnn('GET', `/api/posts/${id}`);
    await asAnn('PUT', `/api/posts/${id}/upvote`);
    const known = { headers: { 'If-None-Match': headers.get('ETag')! } };
    const answer = await asAnn('GET', `/api/posts/${id}`, known);
    expect(answer).toMatchObject({ status: 200, cache: 'MISS', json: { votes: 1 } });
  });

  test('HEAD is GET without the body', async () => {
    postId = await post();
    for (const path of cachedPaths()) {
      const got = await asAnn('GET', path);
      const head = await asAnn('HEAD', path);
      expect([head.status, head.text, head.cache]).toEqual([200, '', 'HIT']);
      for (const name of ['ETag', 'Content-Type', 'Cache-Control', 'Content-Length']) {
        expect(head.headers.get(name)).toBe(got.headers.get(name));
      }
    }
  });

  test('a miss and a hit are logged, with the raw key', async () => {
    const id = await post();
    const key = `posts:id:${id}`;
    await asAnn('PUT', `/api/posts/${id}/upvote`);
    await asAnn('GET', `/api/posts/${id}`);
    await asAnn('GET', `/api/posts/${id}`);
    const lines = service.logLines.filter((line) => line['key'] === key);
    expect(lines).toMatchObject([
      { level: 30, service: 'post', msg: 'Cache MISS - fetching from source' },
      { level: 30, service: 'post', msg: 'Cache HIT' },
    ]);
  });
});

describe.skipIf(redisUrl === null)('in Redis', () => {
  const redis = new Redis(redisUrl ?? '', { lazyConnect: true });
  afterAll(() => redis.disconnect());

  test('the absence of a post stays for a time of its own', async () => {
    const databaseUrl = await migrated(await testDatabase());
    const environment = { CACHE_TTL_SECONDS: '300', CACHE_ABSENT_TTL_SECONDS: '7' };
    const service = await runService({ databaseUrl, redisUrl, environment });
    onTestFinished(async () => void (await service.stop()));
    await service.connected();
    const call = await service.as();
    const gone = absentId();
    expect(await call('GET', `/api/posts/${gone}`)).toMatchObject({ status: 404, cache: 'MISS' });
    expect(await redis.ttl(`posts:id:${gone}`)).toBeGreaterThan(0);
    expect(await redis.ttl(`posts:id:${gone}`)).toBeLessThanOrEqual(7);
    await call('GET', '/api/posts');
    expect(await redis.ttl('posts:all')).toBeGreaterThan(7);
  });

  test('each entry contains the bytes of the response, for at most 300 seconds', async () => {
    await redis.flushdb();
    const ann = newAuthor();
    const service = await runService({
      databaseUrl: await migrated(await testDatabase()),
      redisUrl,
    });
    await service.connected();
    const asAnn = await service.as(ann);
    const body = { title: 'Ä 🙂', url: 'https://a.example' };
    const { json } = await asAnn('POST', '/api/posts', { body });
    const gone = absentId();
    const paths = {
      'posts:all': '/api/posts',
      'posts:top:10': '/api/posts/top',
      [`posts:user:${ann.id}`]: `/api/posts?user=${ann.id}`,
      [`posts:id:${json.id}`]: `/api/posts/${json.id}`,
    };
    for (const [key, path] of Object.entries(paths)) {
      const { text } = await asAnn('GET', path);
      expect(await redis.get(key)).toBe(text);
      expect(await redis.ttl(key)).toBeGreaterThan(0);
      expect(await redis.ttl(key)).toBeLessThanOrEqual(300);
    }
    await asAnn('GET', `/api/posts/${gone}`);
    expect(await redis.get(`posts:id:${gone}`)).toBe('null');
    await asAnn('GET', '/api/posts?limit=7');
    await asAnn('GET', '/api/posts/top?limit=7');
    const kept = await redis.keys('posts:*');
    expect(kept.toSorted()).toEqual([...Object.keys(paths), `posts:id:${gone}`].toSorted());
    await service.stop();
  });
});
