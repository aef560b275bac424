import { expect, test, vi } from 'vitest';

import { UserError } from '../../tools/kit/cli.ts';
import type { Kubectl } from '../../tools/kit/kubectl.ts';
import { replacePodsUnderLoad } from './rollout.ts';

function underLoad(run: (...args: string[]) => Promise<string>) {
  const kubectl: Kubectl = Object.assign(run, { apply: async () => '', follow: async () => {} });
  const { promise: load, resolve: end } = Promise.withResolvers<number>();
  const printed: string[] = [];
  const endLoad = vi.fn<() => void>(() => end(105));
  const print = (message: string) => void printed.push(message);
  const rollout = { kubectl, context: 'kind-relay', load, endLoad, print, beforeMs: 0 };
  return { rollout, end, printed, endLoad };
}

test('restarts the services, waits for each, and prints it', async () => {
  const kubectl = vi.fn<(...args: string[]) => Promise<string>>(async () => '');
  const { rollout, printed, endLoad } = underLoad(kubectl);
  await replacePodsUnderLoad(rollout);
  expect(kubectl.mock.calls.map((args) => args.join(' '))).toEqual([
    'rollout restart deployment/relay-auth deployment/relay-post deployment/relay-web',
    'rollout status deployment/relay-auth --timeout 10m',
    'rollout status deployment/relay-post --timeout 10m',
    'rollout status deployment/relay-web --timeout 10m',
  ]);
  expect(printed).toEqual([
    'kubectl rollout restart of relay-auth, relay-post and relay-web, in the cluster kind-relay …',
    'All pods are new after 0 s.',
  ]);
  expect(endLoad).not.toHaveBeenCalled();
});

test('ends the load when the pods cannot be replaced', async () => {
  const refusal = new UserError('forbidden');
  const { rollout, endLoad } = underLoad(async () => {
    throw refusal;
  });
  await expect(replacePodsUnderLoad(rollout)).rejects.toBe(refusal);
  expect(endLoad).toHaveBeenCalledOnce();
});

test('fails if the load ends first', async () => {
  const kubectl = vi.fn<() => Promise<string>>(async () => '');
  const early = underLoad(kubectl);
  early.end(0);
  await expect(replacePodsUnderLoad({ ...early.rollout, beforeMs: 60_000 })).rejects.toThrow(
    'The load ended before all pods were new',
  );
  expect(kubectl).not.toHaveBeenCalled();

  // The rollout never finishes.
  const late: ReturnType<typeof underLoad> = underLoad((_rollout, what) => {
    if (what === 'status') late.end(0);
    return what === 'status' ? new Promise(() => {}) : Promise.resolve('');
  });
  await expect(replacePodsUnderLoad(late.rollout)).rejects.toThrow('Give a longer --duration');
  expect(late.printed).toHaveLength(1);
});
