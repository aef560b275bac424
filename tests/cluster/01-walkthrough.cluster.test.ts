import { stripVTControlCharacters } from 'node:util';

import { expect, inject, onTestFinished, test } from 'vitest';

import { walkThrough } from '../../tools/dev/start/testing/walkthrough.ts';
import { eventually } from '../../tools/kit/wait.ts';
import { API_URL, logIn, newClient, uncachedTitles } from './support/api.ts';
import { relay } from './support/cluster.ts';
import { commandUnder, runDocumented } from './support/documents.ts';
import { linesAbout } from './support/logs.ts';
import { emptyCache, psql } from './support/stores.ts';

const TEST_USER = "username = 'testuser'";

test('the documented walkthrough works as written', async ({ annotate }) => {
  const isKnown = (await psql(relay, `select id from auth.users where ${TEST_USER}`)) !== '';
  onTestFinished(() => removeTestUser(isKnown));
  await emptyCache(relay);
  const before = await linesAbout('posts:all');

  const { user, firstList, secondList, post, thirdList } = await walkThrough();
  expect(user).toMatchObject(
    isKnown ? { status: 409 } : { username: 'testuser', email: 'test@example.com' },
  );
  expect(secondList).toEqual(firstList);
  expect(post).toMatchObject({ title: 'Cache Test', votes: 0, author: { username: 'testuser' } });
  const last = postsOf(thirdList);
  expect(last).toEqual([post, ...postsOf(firstList)].slice(0, last.length));

  const logged = await eventually(
    'the pods log the outcomes of the reads',
    async () => {
      const lines = (await linesAbout('posts:all')).slice(before.length);
      expect(lines.map(({ level, msg, key }) => ({ level, msg, key }))).toEqual([
        { level: 30, msg: 'Cache MISS - fetching from source', key: 'posts:all' },
        { level: 30, msg: 'Cache HIT', key: 'posts:all' },
        { level: 30, msg: 'Cache MISS - fetching from source', key: 'posts:all' },
      ]);
      return lines;
    },
    { withinMs: 10_000 },
  );
  for (const { pod, msg } of logged) await annotate(`${pod} logged "${msg}"`);
});

test('a read is a MISS, then a HIT, and after a new post a MISS that contains it', async ({
  annotate,
}) => {
  const client = await logIn(inject('email'));
  await emptyCache(relay);
  // Connects, so that the times below are those of the reads alone.
  await uncachedTitles(client);

  const miss = await client.list();
  const hit = await client.list();
  const post = await client.post('After a hit');
  const again = await client.list();

  expect([miss.cache, hit.cache, again.cache]).toEqual(['MISS', 'HIT', 'MISS']);
  expect(hit.text).toBe(miss.text);
  expect(again.text).toContain(post.id);
  await annotate(`MISS in ${miss.ms.toFixed(1)} ms, HIT in ${hit.ms.toFixed(1)} ms`);
});

test("the README's command for metrics sums the counters of every pod", async ({ annotate }) => {
  const [command] = (await commandUnder('README.md', 'On Kubernetes', 'cluster:status')).split('#');
  const client = await logIn(inject('email'));
  await emptyCache(relay);
  const before = await listCounters(command!);
  const READS = 20;
  const outcomes: (string | undefined)[] = [];
  for (let read = 0; read < READS; read += 1) outcomes.push((await client.list()).cache);
  const after = await listCounters(command!);

  const counted = { hits: after.hits - before.hits, misses: after.misses - before.misses };
  const answered = {
    hits: outcomes.filter((outcome) => outcome === 'HIT').length,
    misses: outcomes.filter((outcome) => outcome === 'MISS').length,
  };
  expect(counted).toEqual(answered);
  expect(counted.hits + counted.misses).toBe(READS);
  const pods = (await relay.pods('post')).length;
  await annotate(`${pods} pods counted ${counted.hits} hits and ${counted.misses} misses together`);
});

test('a new user can log in at once, on any pod', async () => {
  const { token } = await newClient();
  const answer = await fetch(`${API_URL}/api/auth/me`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  expect(answer.status).toBe(200);
});

test.for(['/health', '/metrics', '/livez', '/readyz', '/api/posts/metrics', '/api/auth/metrics'])(
  'the ingress does not route %s',
  async (url, { annotate }) => {
    const { status } = await fetch(`${API_URL}${url}`);
    // The service itself rejects a path below its own.
    expect([401, 404]).toContain(status);
    await annotate(`${url}: ${status}`);
  },
);

function postsOf(list: unknown): unknown[] {
  return (list as { posts: unknown[] }).posts;
}

/** The counters of `posts:all` in the output of the command. */
async function listCounters(command: string): Promise<{ hits: number; misses: number }> {
  const text = stripVTControlCharacters(await runDocumented(command));
  const [, hits, misses] = /posts:all +([\d,]+) +([\d,]+)/.exec(text) ?? ['', '0', '0'];
  return { hits: numberOf(hits), misses: numberOf(misses) };
}

const numberOf = (text: string) => Number(text.replaceAll(',', ''));

/** Keeps a user that existed before the test. */
async function removeTestUser(isKnown: boolean): Promise<void> {
  await psql(
    relay,
    "delete from post.posts where author_username = 'testuser' and title = 'Cache Test'",
  );
  if (!isKnown) await psql(relay, `delete from auth.users where ${TEST_USER}`);
  await emptyCache(relay);
}
