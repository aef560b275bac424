import { expect, test } from 'vitest';

import { CommandError } from './exec.ts';
import { conflictFlags, createHelm } from './helm.ts';
import { createKubectl } from './kubectl.ts';
import { failure, fakeRun } from './testing/fake-run.ts';

const PLACE = { context: 'kind-relay', namespace: 'relay' };

test('kubectl and helm name the context and the namespace in each command', async () => {
  const { run, commands } = fakeRun();
  const kubectl = createKubectl(run, PLACE);
  await kubectl('get', 'pods');
  await kubectl.apply({ kind: 'Secret' }, '--server-side');
  await createKubectl(run, { context: 'kind-relay' })('get', 'nodes');
  await createHelm(run, PLACE)('status', 'relay');
  expect(commands).toEqual([
    'kubectl --context kind-relay --namespace relay get pods',
    'kubectl --context kind-relay --namespace relay apply --server-side --filename -',
    'kubectl --context kind-relay get nodes',
    'helm status relay --kube-context kind-relay --namespace relay',
  ]);
});

test('following a command ends with the signal, and fails if kubectl exits before', async () => {
  const { run } = fakeRun([[/port-forward/, failure('no pod')]]);
  const follow = (signal: AbortSignal) =>
    createKubectl(run, PLACE).follow(['port-forward'], { onLine: () => {}, signal });
  await expect(follow(new AbortController().signal)).rejects.toThrow(CommandError);
  await expect(follow(AbortSignal.abort())).resolves.toBeUndefined();
});

test.each([
  ['v3.19.0', []],
  ['v4.3.1', ['--force-conflicts']],
])('Helm %s needs the flags %j to overwrite changes of kubectl', async (version, flags) => {
  const { run } = fakeRun([[/helm version/, version]]);
  expect(await conflictFlags(createHelm(run, PLACE))).toEqual(flags);
});
