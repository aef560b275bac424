import { expect, test } from 'vitest';

import { ClusterError } from './errors.ts';
import { upgradeRelease } from './release.ts';
import { failure, fakeRun } from './testing/fake-run.ts';
import { podOf } from './testing/pods.ts';

const settings = { context: 'kind-relay', valuesFile: 'values.yaml' };
const upgrade = ({ run }: ReturnType<typeof fakeRun>) =>
  upgradeRelease({ run, settings, images: [], report: () => {} });

test('a failed upgrade says why, in one message', async () => {
  const crashing = podOf({
    name: 'relay-auth-1',
    component: 'auth',
    ready: false,
    state: { waiting: { reason: 'ImagePullBackOff' } },
  });
  const fake = fakeRun([
    [/^helm version/, 'v4.3.1'],
    [/^helm/, failure('Error: context deadline exceeded')],
    [/get pods/, JSON.stringify({ items: [crashing] })],
    [/get events/, '{"items":[]}'],
  ]);
  const error = await upgrade(fake).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ClusterError);
  expect((error as ClusterError).message).toMatch(
    /deadline exceeded[^]*relay-auth-1 is not ready: ImagePullBackOff/,
  );
});

test('an error of the chart is shown as it is', async () => {
  const said = "values don't meet the specifications of the schema(s)";
  const fake = fakeRun([
    [/^helm version/, 'v4.3.1'],
    [/^helm/, failure(said)],
    [/get (pods|events)/, '{"items":[]}'],
  ]);
  const error = (await upgrade(fake).catch((reason: unknown) => reason)) as ClusterError;
  expect(error.message.endsWith(said)).toBe(true);
});

test('what Helm says is shown even when the cluster does not answer any more', async () => {
  const fake = fakeRun([
    [/^helm version/, 'v4.3.1'],
    [/^helm/, failure('Kubernetes cluster unreachable')],
    [/^kubectl/, failure('connection refused')],
  ]);
  await expect(upgrade(fake)).rejects.toThrow(/cluster unreachable/);
});

test('a release that a killed Helm left locked comes with the way out', async () => {
  const locked = 'another operation (install/upgrade/rollback) is in progress';
  const fake = fakeRun([
    [/^helm version/, 'v4.3.1'],
    [/^helm/, failure(locked)],
  ]);
  await expect(upgrade(fake)).rejects.toThrow(
    'helm rollback relay --kube-context kind-relay --namespace relay',
  );
});

test.each([
  ['v3.19.0', false],
  ['v4.3.1', true],
])('Helm %s puts back what kubectl has changed', async (version, forced) => {
  const fake = fakeRun([
    [/^helm version/, version],
    [/^helm upgrade/, ''],
  ]);
  await upgrade(fake);
  const upgraded = fake.commands.filter((command) => command.startsWith('helm upgrade'));
  expect(upgraded).toHaveLength(1);
  expect(upgraded[0]!.includes('--force-conflicts')).toBe(forced);
});
