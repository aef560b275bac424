import { beforeAll, expect, inject, test } from 'vitest';

import { eventually } from '../../tools/kit/wait.ts';
import { logIn, type Client } from './support/api.ts';
import { relay } from './support/cluster.ts';
import { stopwatch } from './support/stopwatch.ts';
import { emptyCache, redisCli } from './support/stores.ts';
import { replacePod } from './support/workloads.ts';

const WITNESS = 'cluster-test:witness';
const SOON = { withinMs: 30_000, everyMs: 100 };

let client: Client;
beforeAll(async () => {
  client = await logIn(inject('email'));
});

test('Redis keeps its data across a restart of its pod, and the cache uses none of its entries', async ({
  annotate,
}) => {
  await client.post('Cached before a restart');
  await client.list();
  const entry = await redisCli(relay, 'GET', 'posts:all');
  expect(entry).toContain('Cached before a restart');
  // Not an entry: the outbox invalidates the entries of the last minute once more.
  await redisCli(relay, 'SET', WITNESS, 'kept', 'EX', '60');
  const took = stopwatch();

  await replacePod('relay-redis-0');

  expect(await redisCli(relay, 'GET', WITNESS)).toBe('kept');
  await annotate(`relay-redis-0 was replaced in ${took()}`);
  const since = stopwatch();
  const first = await eventually(
    'the pods use Redis',
    async () => {
      const answer = await client.list();
      expect(answer.cache).not.toBe('FALLBACK');
      return answer;
    },
    SOON,
  );
  expect(first).toMatchObject({ cache: 'MISS', text: entry });
  await annotate(`the pods used Redis ${since()} after it was ready`);
  await eventually(
    'the list is a hit',
    async () => expect(await client.list()).toMatchObject({ cache: 'HIT', text: entry }),
    SOON,
  );
});

test('Postgres keeps its data across a restart of its pod', async ({ annotate }) => {
  const post = await client.post('Stored before a restart');
  await client.send('PUT', `/api/posts/${post.id}/upvote`);
  const took = stopwatch();

  await replacePod('relay-postgres-0');
  await annotate(`relay-postgres-0 was replaced in ${took()}`);

  const since = stopwatch();
  await emptyCache(relay);
  const read = await eventually(
    'uncached reads are answered',
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
