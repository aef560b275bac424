import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';

import { eventually } from '../../tools/kit/wait.ts';
import { logIn, type Client } from './support/api.ts';
import { relay } from './support/cluster.ts';
import { constantLoad, describeTally } from './support/load.ts';
import { stopwatch } from './support/stopwatch.ts';

const PER_SECOND = 40;
const SERVICES = ['auth', 'post', 'web'] as const;

let client: Client;
beforeAll(async () => {
  client = await logIn(inject('email'));
});

test('a rollout of the services under constant load fails no request', async ({ annotate }) => {
  const { id } = await client.post('Voted for during a rollout');
  const load = constantLoad(
    [
      () => client.list(),
      () => client.send('GET', '/'),
      () => client.send('GET', '/api/auth/me'),
      () => client.send('GET', '/api/posts/top'),
      () => client.send('PUT', `/api/posts/${id}/upvote`),
      () => client.send('GET', `/api/posts/${id}`),
      () => client.send('GET', '/api/posts?limit=5'),
      () => client.send('DELETE', `/api/posts/${id}/upvote`),
    ],
    PER_SECOND,
  );
  onTestFinished(async () => void (await load.stop()));
  const before = await podNames();
  const took = stopwatch();

  await relay.kubectl('rollout', 'restart', ...SERVICES.map((name) => `deployment/relay-${name}`));
  await relay.settled();
  const tookSeconds = took();
  // The old pods are deleted, so a request that was still sent to one of them has failed by now.
  const sent = load.tally.sent;
  await eventually(
    'another second of load',
    async () => expect(load.tally.sent).toBeGreaterThan(sent + PER_SECOND),
    { withinMs: 10_000 },
  );
  const tally = await load.stop();

  expect(tally.failures).toEqual([]);
  expect(Object.keys(tally.byStatus)).toEqual(['200']);
  const after = await podNames();
  expect([...before.intersection(after)]).toEqual([]);
  await annotate(`${after.size} pods replaced in ${tookSeconds}; ${describeTally(tally)}`);
});

async function podNames(): Promise<Set<string>> {
  const pods = await Promise.all(SERVICES.map((name) => relay.pods(name)));
  return new Set(pods.flat().map(({ metadata }) => metadata!.name!));
}
