import { expect, test } from 'vitest';

import { fakeRun } from '../kit/testing/fake-run.ts';
import type { Image } from './images.ts';
import { createKind } from './kind.ts';

const AUTH: Image = { service: 'auth', repository: 'relay-auth', tag: 'dev-1' };
const POST: Image = { service: 'post', repository: 'relay-post', tag: 'dev-2' };
const free = async () => true;

test('compares the whole name of a cluster', async () => {
  const { run } = fakeRun([[/get clusters/, 'relay-old\nother']]);
  expect(await createKind(run, 'relay').exists()).toBe(false);
});

test('creates the cluster from kind-config.yaml', async () => {
  const { run, commands } = fakeRun();
  await createKind(run, 'relay').create(free);
  expect(commands).toEqual([
    'kind create cluster --name relay --config kind-config.yaml --wait 180s',
  ]);
});

test('does not create a cluster if one of its ports is taken', async () => {
  const { run, commands } = fakeRun();
  const creating = createKind(run, 'relay').create(async (port) => port !== 5000);
  await expect(creating).rejects.toThrow(/Port 5000 is already in use[^]*AirPlay/);
  expect(commands).toEqual([]);
});

test('starts a stopped cluster, as after a restart of the machine', async () => {
  const { run, commands } = fakeRun([
    [/get nodes/, 'relay-control-plane\nrelay-worker'],
    [/get-contexts/, 'kind-relay'],
    [/readyz/, 'ok'],
  ]);
  await createKind(run, 'relay').start();
  expect(commands).toContain('docker start relay-control-plane relay-worker');
  expect(commands.at(-1)).toContain('--context kind-relay wait node --all');
  expect(commands.join('\n')).not.toContain('export kubeconfig');
});

test('adds the cluster to a kubeconfig that lacks it', async () => {
  const { run, commands } = fakeRun([
    [/get-contexts/, 'minikube'],
    [/readyz/, 'ok'],
  ]);
  await createKind(run, 'relay').start();
  expect(commands).toContain('kind export kubeconfig --name relay');
});

test('loads the images that at least one node lacks', async () => {
  const both = 'docker.io/library/relay-auth:dev-1\ndocker.io/library/relay-post:dev-2';
  const { run, commands } = fakeRun([
    [/get nodes/, 'one\ntwo'],
    [/exec one ctr/, both],
    [/exec two ctr/, 'docker.io/library/relay-auth:dev-1'],
  ]);
  const kind = createKind(run, 'relay');
  const missing = await kind.missing([AUTH, POST]);
  expect(missing).toEqual([POST]);
  await kind.load(missing);
  expect(commands.at(-1)).toBe('kind load docker-image relay-post:dev-2 --name relay');
});

test.each([
  ['relay-auth', 'docker.io/library/relay-auth'],
  ['you/relay-auth', 'docker.io/you/relay-auth'],
  ['ghcr.io/you/relay-auth', 'ghcr.io/you/relay-auth'],
  ['localhost:5001/relay-auth', 'localhost:5001/relay-auth'],
])('finds the image %s in a node under the name %s', async (repository, stored) => {
  const { run } = fakeRun([
    [/get nodes/, 'one'],
    [/exec one ctr/, `${stored}:dev-1`],
  ]);
  expect(await createKind(run, 'relay').missing([{ ...AUTH, repository }])).toEqual([]);
});
