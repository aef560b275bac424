import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import type { Summary } from '../../../load/summary.ts';
import { walkThrough } from '../../../tools/dev/start/testing/walkthrough.ts';
import { run } from '../../../tools/kit/exec.ts';
import { eventually } from '../../../tools/kit/wait.ts';
import { API_URL, newClient, type Client } from '../support/api.ts';
import { describeImpact, underLoad, type Impact } from './load.ts';
import { createPostgres, type Postgres } from './postgres.ts';
import { createRedisCluster, type RedisCluster } from './redis-cluster.ts';
import { createRedisSentinel } from './redis-sentinel.ts';
import { createRelease, HOST, type ProductionRelease } from './release.ts';
import { createStores, HOSTS, type Stores } from './stores.ts';

// values-production.yaml against stores of their own: Postgres behind a pooler, a Redis Cluster, TLS and users everywhere.
let stores: Stores;
let release: ProductionRelease;
let postgres: Postgres;
let redis: RedisCluster;
let client: Client;

beforeAll(async () => {
  stores = await createStores();
  [postgres, redis] = await Promise.all([createPostgres(stores), createRedisCluster(stores)]);
  release = await createRelease(stores);
  await release.deploy({
    'externalRedis.host': HOSTS.redisCluster,
    'externalRedis.cluster': 'true',
  });
  client = await eventually('a user registers', () => newClient(HOST), { withinMs: 30_000 });
}, 600_000);

afterAll(async () => {
  await release?.remove();
  await stores?.remove();
}, 300_000);

test('a post is read from the cache after the first read', async () => {
  const { id } = await client.post('The first');
  const first = await client.list();
  expect(first.text).toContain(id);
  await eventually('the list is cached', () => assertHit(), { withinMs: 10_000 });
  expect((await client.list()).text).toContain(id);
});

test('the documented walkthrough works as written', async () => {
  const { user, firstList, secondList, post, thirdList } = await walkThrough(API_URL, HOST);
  expect(user).toMatchObject({ username: 'testuser', email: 'test@example.com' });
  expect(secondList).toEqual(firstList);
  expect(post).toMatchObject({ title: 'Cache Test', votes: 0, author: { username: 'testuser' } });
  expect(thirdList).toMatchObject({ posts: [post, ...(firstList as { posts: unknown[] }).posts] });
});

test('k6 at a constant rate has no failed request', async ({ annotate }) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'relay-k6-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const results = path.join(dir, 'results.json');
  const variables = { BASE_URL: API_URL, HOST, RATE: '30', DURATION: '30s', RESULTS_FILE: results };
  const given = Object.entries(variables).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  // Without the limit on requests that k6 itself is late with, on a busy machine.
  const options = ['--quiet', '--no-thresholds'];
  await annotate(await run('k6', ['run', ...options, ...given, 'load/scenarios/rollout.ts']));
  const { metrics } = JSON.parse(await readFile(results, 'utf8')) as Summary;
  expect(metrics['http_reqs']!.values['count']).toBeGreaterThan(100);
  expect(metrics['http_req_failed']!.values['passes']).toBe(0);
});

test('a failover of a Redis Cluster master fails no request', async ({ annotate }) => {
  const master = (await redis.nodes()).find(({ role }) => role === 'master')!;
  const impact = await underLoad(client, () => redis.failOver(master));
  await annotate(`failover of a Redis Cluster master: ${describeImpact(impact)}`);
  await redis.replace(master);
  expect(problemsOf(impact)).toEqual([]);
});

test('the removal of a Redis Cluster master fails no request', async ({ annotate }) => {
  const master = (await redis.nodes()).find(({ slots }) => slots.length > 0)!;
  const impact = await underLoad(client, async () => {
    await redis.removeMaster(master);
    await redis.settled();
  });
  await annotate(`removal of a Redis Cluster master: ${describeImpact(impact)}`);
  const serving = (await redis.nodes()).filter(({ slots }) => slots.length > 0);
  expect(serving.map(({ id }) => id)).not.toContain(master.id);
  expect(serving).toHaveLength(2);
  expect(problemsOf(impact)).toEqual([]);
});

test('a failover of Postgres fails requests only with a 503', async ({ annotate }) => {
  const impact = await underLoad(client, () => postgres.failOver());
  await annotate(`failover of Postgres: ${describeImpact(impact)}`);
  expect(impact.staleForMs).toEqual([]);
  expect(impact.lostWrites).toEqual([]);
  const statuses = Object.keys(impact.tally.byStatus);
  expect(statuses.filter((status) => !['200', '201', '503'].includes(status))).toEqual([]);
  const failed = impact.tally.byStatus['503'] ?? 0;
  expect(impact.tally.failures).toHaveLength(failed);
});

test('a failover of a Sentinel master fails no request', async ({ annotate }) => {
  const sentinel = await createRedisSentinel(stores);
  await release.deploy({
    'externalRedis.host': HOSTS.sentinel,
    'externalRedis.port': '26379',
    'externalRedis.sentinel.master': 'main',
  });
  await eventually('the list is cached', () => assertHit(), { withinMs: 30_000 });
  const impact = await underLoad(client, () => sentinel.failOver());
  await annotate(`failover of a Sentinel master: ${describeImpact(impact)}`);
  expect(problemsOf(impact)).toEqual([]);
});

async function assertHit(): Promise<void> {
  const { status, cache } = await client.list();
  if (status !== 200 || cache !== 'HIT') throw new Error(`${status} ${cache}`);
}

/** A failover of Redis may leave reads stale for a bounded time: `available` mode answers a write that is still to be invalidated. */
function problemsOf({ tally, lostWrites }: Impact): string[] {
  return [...tally.failures, ...lostWrites];
}
