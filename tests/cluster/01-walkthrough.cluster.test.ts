import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';

import { execa } from 'execa';
import { expect, inject, onTestFinished, test } from 'vitest';

import { API_URL, logIn, newClient, type Answer } from './support/api.ts';
import { relay } from './support/cluster.ts';
import { commandUnder, runDocumented } from './support/documents.ts';
import { eventually } from './support/eventually.ts';
import { linesAbout } from './support/logs.ts';
import { emptyCache, psql } from './support/stores.ts';

const TEST_USER = "username = 'testuser'";
const SNIPPET = path.join('tools', 'dev', 'start', 'testing', 'walkthrough.sh');

test("the document's walkthrough works to the letter", async ({ annotate }) => {
  const isKnown = (await psql(relay, `select id from auth.users where ${TEST_USER}`)) !== '';
  onTestFinished(() => forgetTestUser(isKnown));
  await emptyCache(relay);
  const before = await linesAbout('posts:all');

  const [user, first, second, post, third] = await runSnippet();
  expect(user).toMatchObject(
    isKnown ? { status: 409 } : { username: 'testuser', email: 'test@example.com' },
  );
  expect(second).toEqual(first);
  expect(post).toMatchObject({ title: 'Cache Test', votes: 0, author: { username: 'testuser' } });
  expect(postsOf(third)).toEqual([post, ...postsOf(first)].slice(0, postsOf(third).length));

  const said = await eventually(
    'the pods log what the cache did',
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
  for (const { pod, msg } of said) await annotate(`${pod} logged "${msg}"`);
});

test('a read is a MISS, then a HIT, and after a post a MISS that shows it', async ({
  annotate,
}) => {
  const client = await logIn(inject('email'));
  await emptyCache(relay);
  // Past the cache, so that the times below are of the reads and not of connecting.
  await client.titles();

  const [miss, missMs] = await timed(client.list);
  const [hit, hitMs] = await timed(client.list);
  const post = await client.post('After a hit');
  const again = await client.list();

  expect([miss.cache, hit.cache, again.cache]).toEqual(['MISS', 'HIT', 'MISS']);
  expect(hit.text).toBe(miss.text);
  expect(again.text).toContain(post.id);
  await annotate(`MISS in ${missMs}, HIT in ${hitMs}`);
});

test("the README's command for metrics adds up what every pod counted", async ({ annotate }) => {
  const [command] = (await commandUnder('README.md', 'On Kubernetes', 'cluster:status')).split('#');
  const client = await logIn(inject('email'));
  await emptyCache(relay);
  const before = await countedOfList(command!);
  const READS = 20;
  const outcomes: (string | null)[] = [];
  for (let read = 0; read < READS; read += 1) outcomes.push((await client.list()).cache);
  const after = await countedOfList(command!);

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

test('whoever registers can log in at once, on any pod', async () => {
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
    // A path below a service's own is for the service to refuse.
    expect([401, 404]).toContain(status);
    await annotate(`${url}: ${status}`);
  },
);

function postsOf(list: unknown): unknown[] {
  return (list as { posts: unknown[] }).posts;
}

/** The row of `posts:all` in what the command prints. */
async function countedOfList(command: string): Promise<{ hits: number; misses: number }> {
  const text = stripVTControlCharacters(await runDocumented(command));
  const [, hits, misses] = /posts:all +([\d,]+) +([\d,]+)/.exec(text) ?? ['', '0', '0'];
  return { hits: numberOf(hits), misses: numberOf(misses) };
}

const numberOf = (text: string) => Number(text.replaceAll(',', ''));

/** Runs the snippet, and reads everything it printed as JSON. */
async function runSnippet(): Promise<unknown[]> {
  const snippet = await readFile(SNIPPET, 'utf8');
  const { stdout } = await execa('bash', ['-c', `{\n${snippet}\n} | jq --slurp .`]);
  return JSON.parse(stdout);
}

/** Someone may have walked before us, and may want to go on. */
async function forgetTestUser(isKnown: boolean): Promise<void> {
  await psql(
    relay,
    "delete from post.posts where author_username = 'testuser' and title = 'Cache Test'",
  );
  if (!isKnown) await psql(relay, `delete from auth.users where ${TEST_USER}`);
  await emptyCache(relay);
}

async function timed(call: () => Promise<Answer>): Promise<[Answer, string]> {
  const startedAt = performance.now();
  const answer = await call();
  return [answer, `${(performance.now() - startedAt).toFixed(1)} ms`];
}
