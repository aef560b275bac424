import { expect, test, vi } from 'vitest';

import type { Kubectl } from '../../tools/cluster/kubectl.ts';
import { LoadError } from './errors.ts';
import { replacePodsUnderLoad } from './rollout.ts';

function underLoad(run: (...args: string[]) => Promise<string>) {
  const kubectl: Kubectl = Object.assign(run, { apply: async () => '' });
  const { promise: load, resolve: end } = Promise.withResolvers<number>();
  const said: string[] = [];
  const endLoad = vi.fn<() => void>(() => end(105));
  const say = (message: string) => void said.push(message);
  const rollout = { kubectl, context: 'kind-relay', load, endLoad, say, beforeMs: 0 };
  return { rollout, end, said, endLoad };
}

test('restarts both services, waits for both, and says so', async () => {
  const kubectl = vi.fn<(...args: string[]) => Promise<string>>(async () => '');
  const { rollout, said, endLoad } = underLoad(kubectl);
  await replacePodsUnderLoad(rollout);
  expect(kubectl.mock.calls.map((args) => args.slice(0, 4).join(' '))).toEqual([
    'rollout restart deployment/relay-auth deployment/relay-post',
    'rollout status deployment/relay-auth --timeout',
    'rollout status deployment/relay-post --timeout',
  ]);
  expect(said).toEqual([
    'kubectl rollout restart of relay-auth and relay-post, in the cluster kind-relay …',
    'All pods are new after 0 s.',
  ]);
  expect(endLoad).not.toHaveBeenCalled();
});

test('ends the load when the pods cannot be replaced', async () => {
  const refusal = new LoadError('forbidden');
  const { rollout, endLoad } = underLoad(async () => {
    throw refusal;
  });
  await expect(replacePodsUnderLoad(rollout)).rejects.toBe(refusal);
  expect(endLoad).toHaveBeenCalledOnce();
});

test('proves nothing when the load ends first', async () => {
  const kubectl = vi.fn<() => Promise<string>>(async () => '');
  const early = underLoad(kubectl);
  early.end(0);
  await expect(replacePodsUnderLoad({ ...early.rollout, beforeMs: 60_000 })).rejects.toThrow(
    'The load ended before all pods were new',
  );
  expect(kubectl).not.toHaveBeenCalled();

  // The rollout itself never comes to its end.
  const late: ReturnType<typeof underLoad> = underLoad((_rollout, what) => {
    if (what === 'status') late.end(0);
    return what === 'status' ? new Promise(() => {}) : Promise.resolve('');
  });
  await expect(replacePodsUnderLoad(late.rollout)).rejects.toThrow('Give a longer --duration');
  expect(late.said).toHaveLength(1);
});
