import { beforeAll, expect, inject, test } from 'vitest';

import { logIn, type Client } from './support/api.ts';
import { relay } from './support/cluster.ts';
import { eventually, stopwatch } from './support/eventually.ts';
import { emptyCache, redisCli } from './support/stores.ts';
import { replacePod } from './support/workloads.ts';

const SOON = { withinMs: 30_000, everyMs: 100 };

let client: Client;
beforeAll(async () => {
  client = await logIn(inject('email'));
});

test('what Redis holds survives its pod', async ({ annotate }) => {
  await client.post('Cached before a restart');
  await client.list();
  const [entry, ttlSeconds] = await Promise.all([get(), ttl()]);
  expect(entry).toContain('Cached before a restart');
  const took = stopwatch();

  await replacePod('relay-redis-0');

  expect(await get()).toBe(entry);
  expect(await ttl()).toBeLessThan(ttlSeconds);
  await annotate(`relay-redis-0 was replaced in ${took()}; TTL ${ttlSeconds}, then ${await ttl()}`);
  const since = stopwatch();
  const read = await eventually(
    'the API serves the entry again',
    async () => {
      const answer = await client.list();
      expect(answer.cache).toBe('HIT');
      return answer;
    },
    SOON,
  );
  expect(read.text).toBe(entry);
  await annotate(`the entry was served ${since()} after Redis was ready`);
});

test('what Postgres holds survives its pod', async ({ annotate }) => {
  const post = await client.post('Stored before a restart');
  await client.send('PUT', `/api/posts/${post.id}/upvote`);
  const took = stopwatch();

  await replacePod('relay-postgres-0');
  await annotate(`relay-postgres-0 was replaced in ${took()}`);

  const since = stopwatch();
  await emptyCache(relay);
  const read = await eventually(
    'Postgres is asked again',
    async () => {
      const answer = await client.send('GET', `/api/posts/${post.id}`);
      expect(answer).toMatchObject({ status: 200, cache: 'MISS' });
      return answer;
    },
    SOON,
  );
  expect(JSON.parse(read.text)).toEqual({ ...post, votes: 1 });
  await eventually('the user can log in', () => logIn(client.email), SOON);
  await annotate(`it answered ${since()} after it was ready`);
});

const get = () => redisCli(relay, 'GET', 'posts:all');
const ttl = async () => Number(await redisCli(relay, 'TTL', 'posts:all'));
