import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';

import { imageValues, referenceOf, type Image } from '../../tools/cluster/images.ts';
import { eventually } from '../../tools/kit/wait.ts';
import { logIn, newClient, uncachedTitles, type Client } from './support/api.ts';
import { createNamespace, deleteNamespace, releaseIn } from './support/cluster.ts';
import { stopwatch } from './support/stopwatch.ts';
import { redisCli } from './support/stores.ts';
import { earlierVersion, relabelled, thisVersion, type Version } from './support/versions.ts';

// A namespace of its own, so that an older chart is installed while the release stays.
const NAMESPACE = 'relay-upgrade';
const HOST = 'upgrade.relay.test';
const SOON = { withinMs: 30_000 };

const SMALL = [
  `--set=ingress.host=${HOST}`,
  ...['redis', 'postgres'].flatMap((store) => [
    `--set=${store}.resources.requests.cpu=10m`,
    `--set=${store}.exporter.enabled=false`,
  ]),
  '--set=serviceMonitor.enabled=false',
];
// Values that restart the services, Redis and Postgres.
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
  await helm('install', 'relay', before.chart, ...SMALL, ...servicesOf(before));
  await release.settled();
  client = await eventually('a user can register', () => newClient(HOST), SOON);
  await eventually('the posts are listed', () => uncachedTitles(client), SOON);
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

  await helm('upgrade', 'relay', after.chart, ...SMALL, ...CHANGED, ...servicesOf(after));
  await release.settled();
  await annotate(`from ${before.name} to ${after.name} in ${took()}`);

  expect(await runningImages(after.images)).toEqual(after.images.map(referenceOf));
  expect(await redisCli(release, 'INFO', 'memory')).toMatch(/^maxmemory:67108864\r?$/m);
  await expectAllKept(['Before the upgrade']);
});

test('the same upgrade once more replaces no pod', async () => {
  const uids = await podUids();
  await helm('upgrade', 'relay', after.chart, ...SMALL, ...CHANGED, ...servicesOf(after));
  await release.settled();
  expect(await podUids()).toEqual(uids);
});

test('an upgrade adds a missing key to a Secret, and changes no other Secret', async () => {
  const lacking = { data: { 'exporter-password': null } };
  await release.kubectl('patch', 'secret', 'relay-redis', `--patch=${JSON.stringify(lacking)}`);
  const secretsBefore = await allSecrets();

  await helm('upgrade', 'relay', after.chart, ...SMALL, ...CHANGED, ...servicesOf(after));

  const { 'exporter-password': added, ...kept } = await release.secret('relay-redis');
  expect(added).toMatch(/^\w{32}$/);
  expect((await allSecrets()).with(1, kept)).toEqual(secretsBefore);
  secrets = await allSecrets();
});

test('a rollback keeps data and secrets, including a secret that was rotated after the upgrade', async ({
  annotate,
}) => {
  onTestFailed(showPods);
  await client.post('Before the rollback');
  const rotated = { stringData: { 'exporter-password': 'rotated' } };
  await release.kubectl('patch', 'secret', 'relay-redis', `--patch=${JSON.stringify(rotated)}`);
  secrets = await allSecrets();
  const took = stopwatch();

  await helm('rollback', 'relay', '1');
  await release.settled();
  await annotate(`back to ${before.name} in ${took()}`);

  expect(await runningImages(before.images)).toEqual(before.images.map(referenceOf));
  await expectAllKept(['Before the rollback', 'Before the upgrade']);
});

async function expectAllKept(titles: string[]): Promise<void> {
  // An earlier token: its signing key must have been kept too.
  await eventually(
    'the posts are listed for an earlier token',
    async () => expect(await uncachedTitles(client)).toEqual(titles),
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

/** The images of a version, and values that keep its services small. */
function servicesOf({ images }: Version): string[] {
  const small = images.flatMap(({ service }) => [
    `--set=${service}.replicas=1`,
    `--set=${service}.resources.requests.cpu=10m`,
  ]);
  return [...small, ...imageValues(images)];
}

/** Of the services that have one of `images`, in that order. */
async function runningImages(images: readonly Image[]): Promise<(string | undefined)[]> {
  const pods = await Promise.all(images.map(({ service }) => release.pods(service)));
  return pods.map(([pod]) => pod?.spec?.containers[0]?.image);
}

async function podUids(): Promise<unknown[]> {
  const components = ['auth', 'post', 'web', 'redis', 'postgres'] as const;
  const pods = await Promise.all(components.map(release.pods));
  return pods.flat().map(({ metadata }) => metadata?.uid);
}

/** The pods and events, which helm's message leaves out. */
async function showPods(): Promise<void> {
  process.stderr.write(`${await release.kubectl('get', 'pods,jobs,events')}\n`);
}
