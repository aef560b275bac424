import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';

import { logIn, newClient, type Client } from './support/api.ts';
import { createNamespace, deleteNamespace, releaseIn } from './support/cluster.ts';
import { eventually, stopwatch } from './support/eventually.ts';
import { redisCli } from './support/stores.ts';
import {
  earlierVersion,
  imageValues,
  relabelled,
  thisVersion,
  type Version,
} from './support/versions.ts';

// In a namespace of its own, so that an older chart can be installed without taking the release away.
const NAMESPACE = 'relay-upgrade';
const HOST = 'upgrade.relay.test';
const SOON = { withinMs: 30_000 };

const SMALL = [
  `--set=ingress.host=${HOST}`,
  ...['auth', 'post'].flatMap((service) => [
    `--set=${service}.replicas=1`,
    `--set=${service}.resources.requests.cpu=10m`,
  ]),
  ...['redis', 'postgres'].flatMap((store) => [
    `--set=${store}.resources.requests.cpu=10m`,
    `--set=${store}.exporter.enabled=false`,
  ]),
  '--set=serviceMonitor.enabled=false',
];
// Some that restart the services, Redis and Postgres.
const CHANGED = [
  '--set=post.cache.ttlSeconds=120',
  '--set=redis.maxmemory=64mb',
  '--set=postgres.settings.work_mem=4MB',
];

const release = releaseIn(NAMESPACE);
const removals: (() => Promise<void>)[] = [];
let before: Version;
let after: Version;
let client: Client;
let secrets: Record<string, string>[];

beforeAll(async () => {
  const current = await thisVersion();
  const earlier = await earlierVersion();
  if (earlier) removals.push(earlier[1]);
  before = earlier?.[0] ?? current;
  const [changed, remove] = await relabelled(current);
  removals.push(remove);
  after = changed;

  await createNamespace(NAMESPACE, { 'pod-security.kubernetes.io/enforce': 'restricted' });
  await helm('install', 'relay', before.chart, ...SMALL, ...imageValues(before));
  await release.settled();
  client = await eventually('somebody can register', () => newClient(HOST), SOON);
  await eventually('the posts are there', () => client.titles(), SOON);
  secrets = await allSecrets();
}, 600_000);

afterAll(async () => {
  await deleteNamespace(NAMESPACE);
  for (const remove of removals) await remove();
});

test('an upgrade keeps data and secrets', async ({ annotate }) => {
  onTestFailed(showPods);
  await client.post('Before the upgrade');
  const took = stopwatch();

  await helm('upgrade', 'relay', after.chart, ...SMALL, ...CHANGED, ...imageValues(after));
  await release.settled();
  await annotate(`from ${before.name} to ${after.name} in ${took()}`);

  expect(await runningImages()).toEqual(after.images);
  expect(await redisCli(release, 'INFO', 'memory')).toMatch(/^maxmemory:67108864\r?$/m);
  await expectAllKept(['Before the upgrade']);
});

test('the same upgrade once more replaces no pod', async () => {
  const uids = await podUids();
  await helm('upgrade', 'relay', after.chart, ...SMALL, ...CHANGED, ...imageValues(after));
  await release.settled();
  expect(await podUids()).toEqual(uids);
});

test('an upgrade completes a Secret that lacks a key, and changes no other', async () => {
  const lacking = { data: { 'exporter-password': null } };
  await release.kubectl('patch', 'secret', 'relay-redis', `--patch=${JSON.stringify(lacking)}`);
  const held = await allSecrets();

  await helm('upgrade', 'relay', after.chart, ...SMALL, ...CHANGED, ...imageValues(after));

  const { 'exporter-password': added, ...kept } = await release.secret('relay-redis');
  expect(added).toMatch(/^\w{32}$/);
  expect((await allSecrets()).with(1, kept)).toEqual(held);
  secrets = await allSecrets();
});

test('a rollback keeps data and secrets, also one that was rotated since', async ({ annotate }) => {
  onTestFailed(showPods);
  await client.post('Before the rollback');
  const rotated = { stringData: { 'exporter-password': 'rotated' } };
  await release.kubectl('patch', 'secret', 'relay-redis', `--patch=${JSON.stringify(rotated)}`);
  secrets = await allSecrets();
  const took = stopwatch();

  await helm('rollback', 'relay', '1');
  await release.settled();
  await annotate(`back to ${before.name} in ${took()}`);

  expect(await runningImages()).toEqual(before.images);
  await expectAllKept(['Before the rollback', 'Before the upgrade']);
});

async function expectAllKept(titles: string[]): Promise<void> {
  // A token of before: the key that signed it must have been kept as well.
  await eventually(
    'the posts are there, for a token of before',
    async () => expect(await client.titles()).toEqual(titles),
    SOON,
  );
  await logIn(client.email, HOST);
  expect(await allSecrets()).toEqual(secrets);
}

async function helm(...args: string[]): Promise<void> {
  await release.helm(...args, '--wait', '--timeout', '5m');
}

function allSecrets(): Promise<Record<string, string>[]> {
  return Promise.all(['relay-postgres', 'relay-redis', 'relay-signing-keys'].map(release.secret));
}

async function runningImages(): Promise<Record<string, string | undefined>> {
  const [auth, post] = await Promise.all([release.pods('auth'), release.pods('post')]);
  return { auth: auth[0]?.spec?.containers[0]?.image, post: post[0]?.spec?.containers[0]?.image };
}

async function podUids(): Promise<unknown[]> {
  const components = ['auth', 'post', 'redis', 'postgres'] as const;
  const pods = await Promise.all(components.map(release.pods));
  return pods.flat().map(({ metadata }) => metadata?.uid);
}

/** What helm's own message leaves out. */
async function showPods(): Promise<void> {
  process.stderr.write(`${await release.kubectl('get', 'pods,jobs,events')}\n`);
}
