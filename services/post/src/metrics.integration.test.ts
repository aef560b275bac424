import { randomUUID } from 'node:crypto';

import { testDatabase, testRedis } from '@relay/dev-servers/testing';
import {
  documentedMetrics,
  exposedMetrics,
  seriesOf,
} from '@relay/service-kit/testing/metrics-table';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { migrated } from './testing/migrated.ts';
import { runService, type Caller, type RunningService } from './testing/running-service.ts';
import { newAuthor } from './testing/tokens.ts';

const ann = newAuthor();
const draft = { title: 'A title', url: 'https://a.example/' };
const POST_KEYS = ['posts:all', 'posts:user:{userId}', 'posts:top:10', 'posts:id:{id}'] as const;
const [ALL, USER, TOP, ID] = POST_KEYS;

let service: RunningService;
let call: Caller;
beforeEach(async () => {
  service = await runService({
    databaseUrl: await migrated(await testDatabase()),
    redisUrl: await testRedis(),
  });
  await service.connected();
  call = await service.as(ann);
});
afterEach(() => service.stop());

/** Scrapes as Prometheus does: each series and its value. */
async function scrape(): Promise<Map<string, number>> {
  return seriesOf((await service.admin('/metrics')).text);
}

test('calls of the whole API are counted exactly', async () => {
  const start = await scrape();
  for (const key of [...POST_KEYS, 'other']) {
    expect(start.get(`cache_hits_total{key="${key}"}`)).toBe(0);
    expect(start.get(`cache_misses_total{key="${key}"}`)).toBe(0);
  }

  const { id } = (await call('POST', '/api/posts', { body: draft })).json;
  const reads = [
    '/api/posts',
    '/api/posts',
    '/api/posts?limit=50',
    '/api/posts?limit=49',
    '/api/posts/top',
    '/api/posts/top',
    '/api/posts/top?limit=5',
    `/api/posts?user=${ann.id}`,
    `/api/posts?user=${ann.id.toUpperCase()}`,
    `/api/posts/${id}`,
    `/api/posts/${id}`,
    `/api/posts/${randomUUID()}`,
  ];
  const outcomes: (string | null)[] = [];
  for (const path of reads) outcomes.push((await call('GET', path)).cache);
  await call('PUT', `/api/posts/${id}/upvote`);
  for (const path of ['/api/posts', `/api/posts/${id}`])
    outcomes.push((await call('GET', path)).cache);

  const end = await scrape();
  const counts = (name: string) =>
    Object.fromEntries(POST_KEYS.map((key) => [key, end.get(`${name}{key="${key}"}`)]));
  const operations = (operation: string) =>
    Object.fromEntries(
      POST_KEYS.map((key) => [
        key,
        end.get(`cache_operation_duration_ms_count{operation="${operation}",key="${key}"}`),
      ]),
    );
  // The new post is in the cache before its first read.
  expect(counts('cache_hits_total')).toEqual({ [ALL]: 2, [TOP]: 1, [USER]: 1, [ID]: 2 });
  expect(counts('cache_misses_total')).toEqual({ [ALL]: 2, [TOP]: 1, [USER]: 1, [ID]: 2 });
  // A hit is one GET; a miss takes a lease and fills. A write fences and lifts four entries.
  expect(operations('get')).toEqual({ [ALL]: 4, [TOP]: 2, [USER]: 2, [ID]: 4 });
  expect(operations('lease')).toEqual({ [ALL]: 2, [TOP]: 1, [USER]: 1, [ID]: 2 });
  expect(operations('fill')).toEqual({ [ALL]: 2, [TOP]: 1, [USER]: 1, [ID]: 2 });
  expect(operations('fence')).toEqual({ [ALL]: 2, [TOP]: 2, [USER]: 2, [ID]: 2 });
  expect(operations('lift')).toEqual({ [ALL]: 2, [TOP]: 2, [USER]: 2, [ID]: 2 });

  // Each read is a hit, a miss or uncached, in X-Cache and in the metrics.
  const count = (outcome: string) => outcomes.filter((one) => one === outcome).length;
  expect([count('HIT'), count('MISS'), count('UNCACHED')]).toEqual([6, 6, 2]);
  expect(outcomes).toHaveLength(14);
  expect((await service.admin('/health')).json.cache.hitRatio).toBe(0.5);
});

test('each hit and miss is logged at info with its key', async () => {
  for (const path of ['/api/posts', '/api/posts', `/api/posts?user=${ann.id}`, '/api/posts/top']) {
    await call('GET', path);
  }
  const lines = service.logLines.filter(({ msg }) => String(msg).startsWith('Cache '));
  expect(lines.map(({ level, msg, key }) => [level, msg, key])).toEqual([
    [30, 'Cache MISS - fetching from source', 'posts:all'],
    [30, 'Cache HIT', 'posts:all'],
    [30, 'Cache MISS - fetching from source', `posts:user:${ann.id}`],
    [30, 'Cache MISS - fetching from source', 'posts:top:10'],
  ]);
});

test('the metrics are exactly the documented ones', async () => {
  const { text } = await service.admin('/metrics');
  expect(exposedMetrics(text)).toEqual(documentedMetrics('post'));
});

test('requests, statements and loads are counted by route, name and key', async () => {
  const { id } = (await call('POST', '/api/posts', { body: draft })).json;
  for (const path of ['/api/posts', '/api/posts', `/api/posts/${id}`]) await call('GET', path);
  await call('PUT', `/api/posts/${id}/upvote`);
  await call('POST', '/api/posts', { raw: '{' });
  await service.anonymous('GET', '/api/nothing');
  const found = await scrape();
  const count = (name: string) => found.get(name);
  expect(count('http_requests_total{method="POST",route="/api/posts",status="201"}')).toBe(1);
  expect(count('http_requests_total{method="POST",route="/api/posts",status="400"}')).toBe(1);
  expect(count('http_requests_total{method="GET",route="/api/posts",status="200"}')).toBe(2);
  expect(count('http_requests_total{method="other",route="unmatched",status="404"}')).toBe(1);
  expect(count('http_request_duration_seconds_count{method="GET",route="/api/posts"}')).toBe(2);
  expect(count('http_requests_in_flight')).toBe(0);
  for (const query of ['posts.insert', 'posts.list', 'votes.add']) {
    expect(count(`postgres_query_duration_seconds_count{query="${query}"}`)).toBe(1);
  }
  expect(count('postgres_query_duration_seconds_count{query="posts.byId"}')).toBe(0);
  expect(count('postgres_query_duration_seconds_count{query="outbox.insert"}')).toBe(2);
  expect(count('cache_mutations_total{outcome="applied"}')).toBe(2);
  expect(count('postgres_query_duration_seconds_count{query="other"}')).toBe(0);
  expect(count(`cache_load_duration_seconds_count{key="${ALL}"}`)).toBe(1);
  expect(count(`cache_load_duration_seconds_count{key="${ID}"}`)).toBe(0);
  expect(count(`cache_value_bytes_count{key="${ALL}"}`)).toBe(1);
  expect(count(`cache_invalidations_total{key="${ALL}",result="applied"}`)).toBe(2);
  expect(count('cache_breaker_state{state="closed"}')).toBe(1);
  expect(count('redis_connection_up{client="post"}')).toBe(1);
  expect(count('postgres_pool_max_connections{pool="post"}')).toBe(10);
});

const postOnce = (key: string, title: string) =>
  call('POST', '/api/posts', {
    body: { ...draft, title },
    headers: { 'Idempotency-Key': key },
  });

test('requests with an Idempotency-Key are counted by the state of the key', async () => {
  const claims = async (result: string) =>
    (await scrape()).get(`post_idempotency_keys_total{result="${result}"}`);
  expect(await claims('under-way')).toBe(0);
  for (const [key, title] of [
    ['one', 'A title'],
    ['one', 'A title'],
    ['one', 'Another'],
    ['two', 'A title'],
  ] as const) {
    await postOnce(key, title);
  }
  expect(await claims('new')).toBe(2);
  expect(await claims('replayed')).toBe(1);
  expect(await claims('mismatched')).toBe(1);
  expect((await scrape()).get('post_idempotency_keys_deleted_total')).toBe(0);
});

/** Each request has a new, unknown id. */
const SHAPES: readonly ((id: string) => [method: string, path: string])[] = [
  (id) => ['GET', `/api/posts/${id}`],
  (id) => ['GET', `/api/posts?user=${id}`],
  (id) => ['PUT', `/api/posts/${id}/upvote`],
  (id) => ['DELETE', `/api/posts/${id}`],
  (id) => ['HEAD', `/api/posts/${id}`],
  (id) => ['GET', `/api/posts/top?limit=${id}`],
  (id) => ['GET', `/api/${id}`],
  (id) => ['PROPFIND', `/api/posts/${id}`],
  (id) => ['PATCH', `/api/posts/${id}`],
  (id) => ['OPTIONS', `/api/posts/${id}`],
];

test('10,000 requests with an id each add no series', { timeout: 120_000 }, async () => {
  const before = await scrape();
  for (let batch = 0; batch < 100; batch += 1) {
    const requests = Array.from({ length: 100 }, (_, index) =>
      call(...SHAPES[index % SHAPES.length]!(randomUUID())),
    );
    await Promise.all(requests);
  }
  const after = await scrape();
  expect([...after.keys()]).toEqual([...before.keys()]);
  expect(after.get(`cache_misses_total{key="${ID}"}`)).toBe(2000);
  expect(after.get(`cache_misses_total{key="${USER}"}`)).toBe(1000);
  expect([...after.keys()].join('\n')).not.toMatch(/[\da-f]{8}-[\da-f]{4}/);
});
