import { startTestRedis, testDatabase, testRedis } from '@relay/dev-servers/testing';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { migrated } from './testing/migrated.ts';
import { runService, type Caller } from './testing/running-service.ts';
import { newAuthor } from './testing/tokens.ts';

const draft = { title: 'A title', url: 'https://a.example/' };
let databaseUrl: string;
beforeAll(async () => {
  databaseUrl = await migrated(await testDatabase());
});

async function start(redisUrl?: string) {
  const environment = { POSTS_PER_USER: '2', VOTES_PER_USER: '3', CACHE_TIMEOUT_MS: '500' };
  const service = await runService({ databaseUrl, environment, ...(redisUrl && { redisUrl }) });
  onTestFinished(async () => void (await service.stop()));
  if (redisUrl) await service.connected();
  return service;
}

const post = (call: Caller) => call('POST', '/api/posts', { body: draft });

async function posted(call: Caller, times: number): Promise<number[]> {
  const statuses = [];
  for (let time = 1; time <= times; time += 1) statuses.push((await post(call)).status);
  return statuses;
}

test('a user who posts too often gets 429 with Retry-After, others do not', async () => {
  const service = await start();
  const [asAnn, asBob] = [await service.as(), await service.as(newAuthor('bob'))];
  expect(await posted(asAnn, 3)).toEqual([201, 201, 429]);
  const refused = await post(asAnn);
  expect(refused.json).toMatchObject({
    type: 'urn:relay:problem:rate-limited',
    detail: 'Too many posts: try again later',
  });
  const seconds = Number(refused.headers.get('Retry-After'));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(60);
  expect((await post(asBob)).status).toBe(201);
  expect((await asAnn('GET', '/api/posts')).status).toBe(200);
});

test('votes have a separate count, for adding and removing', async () => {
  const service = await start();
  const call = await service.as();
  const { id } = (await post(call)).json;
  const statuses = [];
  for (const method of ['PUT', 'DELETE', 'POST', 'PUT', 'DELETE']) {
    statuses.push((await call(method, `/api/posts/${id}/upvote`)).status);
  }
  expect(statuses).toEqual([200, 200, 200, 429, 429]);
  expect((await call('GET', `/api/posts/${id}`)).json.votes).toBe(1);
  expect((await post(call)).status).toBe(201);
});

test('requests that are rejected for another reason are not counted', async () => {
  const service = await start();
  const call = await service.as();
  for (let time = 1; time <= 5; time += 1) {
    expect((await call('POST', '/api/posts', { body: {} })).status).toBe(400);
  }
  expect(await posted(call, 2)).toEqual([201, 201]);
});

describe.skipIf((await testRedis()) === null)('with Redis', () => {
  test('two pods count together', async () => {
    const redisUrl = (await testRedis())!;
    const one = await start(redisUrl);
    const other = await runService({
      databaseUrl,
      redisUrl,
      signer: one.signer,
      environment: { POSTS_PER_USER: '2' },
    });
    onTestFinished(async () => void (await other.stop()));
    await other.connected();
    const ann = newAuthor();
    const [asAnn, elsewhere] = [await one.as(ann), await other.as(ann)];
    expect(await posted(asAnn, 1)).toEqual([201]);
    expect(await posted(elsewhere, 2)).toEqual([201, 429]);
    expect(await posted(asAnn, 1)).toEqual([429]);
  });

  test.each(['kill', 'pause'] as const)(
    'after a %s of Redis writes go on, and the pod counts for itself',
    async (end) => {
      const redis = await startTestRedis();
      const service = await start(redis.url);
      const call = await service.as();
      await redis[end]();
      onTestFinished(() => (end === 'pause' ? redis.resume() : undefined));
      expect(await posted(call, 3)).toEqual([201, 201, 429]);
    },
  );
});
