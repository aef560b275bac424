import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';

import { eventually } from '../../tools/kit/wait.ts';
import { logIn, type Client } from './support/api.ts';
import { relay } from './support/cluster.ts';
import { constantLoad, describeTally, type Load, type Request } from './support/load.ts';
import { stopwatch } from './support/stopwatch.ts';
import { restartsOf, startOutage } from './support/workloads.ts';

/** Well below the services' limit of concurrent loads from Postgres. */
const PER_SECOND = 20;
const SOON = { withinMs: 30_000, everyMs: 100 };

let client: Client;
beforeAll(async () => {
  client = await logIn(inject('email'));
});

test('without Redis every read is answered, and reads are hits after its return', async ({
  annotate,
}) => {
  const { id } = await client.post('Read without Redis');
  const reads = [
    () => client.list(),
    () => client.send('GET', '/api/posts/top'),
    () => client.send('GET', `/api/posts/${id}`),
  ];
  const restarts = await restartsOf('post');
  const load = startLoad(reads);
  await readsBecome(load, 'HIT');

  const { end } = await startOutage('statefulset/relay-redis', 'redis');
  await readsBecome(load, 'FALLBACK');
  const without = load.tally;
  // A write cannot invalidate, and must still succeed.
  const post = await client.post('Posted without Redis');
  await enoughOf(load);
  load.clear();

  await end();
  const since = stopwatch();
  await readsBecome(load, 'HIT');
  const hitsAfter = since();
  const withRedis = await load.stop();

  expect([...without.failures, ...withRedis.failures]).toEqual([]);
  expect((await client.list()).text).toContain(post.id);
  expect(await restartsOf('post')).toBe(restarts);
  await annotate(`while Redis stopped: ${describeTally(without)}`);
  await annotate(`while Redis started: ${describeTally(withRedis)}`);
  await annotate(`every read was a HIT ${hitsAfter} after Redis was ready`);
});

test('without auth posts are read and written', async ({ annotate }) => {
  const { end } = await startOutage('deployment/relay-auth', 'auth');
  expect((await client.send('GET', '/api/auth/me')).status).toBe(503);

  const load = startLoad([
    () => client.list(),
    () => client.send('GET', '/api/posts?limit=3'),
    () => client.send('GET', '/api/posts/top'),
  ]);
  const post = await client.post('Posted without auth');
  await enoughOf(load);
  const tally = await load.stop();
  expect(tally.failures).toEqual([]);
  expect((await client.list()).text).toContain(post.id);

  await end();
  await eventually(
    'auth answers',
    async () => expect((await client.send('GET', '/api/auth/me')).status).toBe(200),
    SOON,
  );
  await annotate(`without auth: ${describeTally(tally)}`);
});

test('without Postgres cached reads are answered, and every other read is a 503', async ({
  annotate,
}) => {
  const uncached = () => client.send('GET', '/api/posts?limit=3');
  await client.list();
  const restarts = [await restartsOf('post'), await restartsOf('auth')];
  const { end } = await startOutage('statefulset/relay-postgres', 'postgres');

  const load = startLoad([() => client.list()]);
  await enoughOf(load);
  const tally = await load.stop();
  expect(tally.failures).toEqual([]);
  expect(new Set(tally.outcomes)).toEqual(new Set(['HIT']));
  expect((await uncached()).status).toBe(503);
  // A pod that is not ready could not answer cached reads.
  const ready = await relay.kubectl('get', 'deployment/relay-post', '--output=jsonpath={.status}');
  expect(JSON.parse(ready)).toMatchObject({
    readyReplicas: (await relay.pods('post')).length,
  });

  await end();
  const since = stopwatch();
  await eventually(
    'uncached reads are answered',
    async () => expect((await uncached()).status).toBe(200),
    SOON,
  );
  expect([await restartsOf('post'), await restartsOf('auth')]).toEqual(restarts);
  await annotate(`without Postgres: ${describeTally(tally)}`);
  await annotate(`uncached reads were answered ${since()} after Postgres was ready`);
});

function startLoad(mix: readonly Request[]): Load {
  const load = constantLoad(mix, PER_SECOND);
  onTestFinished(async () => void (await load.stop()));
  return load;
}

/** Resolves once the last twenty reads had this outcome, which covers all pods. */
async function readsBecome(load: Load, outcome: string): Promise<void> {
  await eventually(
    `twenty reads in a row are a ${outcome}`,
    async () => {
      const last = load.tally.outcomes.slice(-20);
      expect(last).toEqual(Array.from({ length: 20 }, () => outcome));
    },
    SOON,
  );
}

/** Resolves after five seconds of load. */
async function enoughOf(load: Load): Promise<void> {
  const enough = load.tally.sent + 5 * PER_SECOND;
  await eventually(
    'enough requests were sent',
    async () => expect(load.tally.sent).toBeGreaterThan(enough),
    SOON,
  );
}
