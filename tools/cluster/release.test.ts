import { expect, test } from 'vitest';

import { UserError } from '../kit/cli.ts';
import { failure, fakeRun } from '../kit/testing/fake-run.ts';
import { upgradeRelease } from './release.ts';
import { podOf } from './testing/pods.ts';

const settings = { context: 'kind-relay', valuesFile: 'values.yaml' };
const upgrade = ({ run }: ReturnType<typeof fakeRun>) =>
  upgradeRelease({ run, settings, images: [], report: () => {} });

test('a failed upgrade reports the cause in one message', async () => {
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
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toMatch(
    /deadline exceeded[^]*relay-auth-1 is not ready: ImagePullBackOff/,
  );
});

test('an error of the chart is shown unchanged', async () => {
  const message = "values don't meet the specifications of the schema(s)";
  const fake = fakeRun([
    [/^helm version/, 'v4.3.1'],
    [/^helm/, failure(message)],
    [/get (pods|events)/, '{"items":[]}'],
  ]);
  const error = (await upgrade(fake).catch((reason: unknown) => reason)) as UserError;
  expect(error.message.endsWith(message)).toBe(true);
});

test('the message of Helm is shown even if the cluster does not answer', async () => {
  const fake = fakeRun([
    [/^helm version/, 'v4.3.1'],
    [/^helm/, failure('Kubernetes cluster unreachable')],
    [/^kubectl/, failure('connection refused')],
  ]);
  await expect(upgrade(fake)).rejects.toThrow(/cluster unreachable/);
});

test('the error about a locked release names the command that unlocks it', async () => {
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
])('an upgrade by Helm %s overwrites the changes of kubectl', async (version, forced) => {
  const fake = fakeRun([
    [/^helm version/, version],
    [/^helm upgrade/, ''],
  ]);
  await upgrade(fake);
  const upgraded = fake.commands.filter((command) => command.startsWith('helm upgrade'));
  expect(upgraded).toHaveLength(1);
  expect(upgraded[0]!.includes('--force-conflicts')).toBe(forced);
});
