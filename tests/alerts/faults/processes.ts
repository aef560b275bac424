import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import type { V1Pod } from '@kubernetes/client-node';
import { execa } from 'execa';

import { run } from '../../../tools/kit/exec.ts';
import { relay } from '../../cluster/support/cluster.ts';
import { settings } from '../../cluster/support/settings.ts';

type Component = 'auth' | 'redis';

interface Rhythm {
  frozenMs: number;
  /** Between two stops; default: the process is stopped once. */
  thawedMs?: number;
}

/**
 * Runs on the pod's node, because a container's first process ignores SIGSTOP from within the
 * container. It exits when its input closes, so a killed test run leaves no stopped process.
 */
const PROGRAM = `
  process=$1 frozen=$2 thawed=$3
  # Returns early and fails at the end of the input.
  pause() { read -r -t "$1"; (( $? > 128 )); }
  trap 'kill -CONT "$process"' EXIT
  while kill -STOP "$process" && echo frozen && pause "$frozen" && kill -CONT "$process" && pause "$thawed"; do :; done`;

/** Stops the process of a component's first pod again and again until the recovery. Resolves while it is stopped. */
export async function freeze(
  component: Component,
  recovery: AsyncDisposableStack,
  { frozenMs, thawedMs = 600_000 }: Rhythm,
): Promise<void> {
  const pod = await firstPod(component);
  const pid = await processOf(pod);
  const [frozen, thawed] = [frozenMs, thawedMs].map((ms) => String(ms / 1000));
  const command = ['bash', '-c', PROGRAM, 'freeze', pid, frozen!, thawed!];
  const freezing = execa('docker', ['exec', '--interactive', nodeOf(pod), ...command], {
    stdin: 'pipe',
    reject: false,
  });
  recovery.defer(async () => {
    freezing.stdin.end();
    await freezing;
  });
  const ended = freezing.then(({ stderr }) => {
    throw new Error(`${pod.metadata?.name} does not freeze: ${stderr}`);
  });
  await Promise.race([once(freezing.stdout, 'data'), ended]);
  // The recovery ends it, after the race has been decided.
  ended.catch(() => undefined);
}

/** Kills the process of one pod with SIGKILL `times` times, waiting `pauseMs` after each. */
export async function killRepeatedly(
  component: Component,
  { times, pauseMs }: { times: number; pauseMs: number },
): Promise<void> {
  const name = (await firstPod(component)).metadata!.name!;
  for (let kills = 0; kills < times; kills += 1) {
    const pods = await relay.pods(component);
    const pod = pods.find(({ metadata }) => metadata!.name === name)!;
    await run('docker', ['exec', nodeOf(pod), 'kill', '-KILL', await processOf(pod)]);
    await sleep(pauseMs);
  }
}

/**
 * A node of kind is a container of the same name.
 *
 * @throws Error for a node of another cluster: a container of its name is not this cluster's
 */
export function nodeOf({ metadata, spec }: V1Pod): string {
  const node = spec!.nodeName!;
  if (settings.kindCluster !== undefined && node.startsWith(`${settings.kindCluster}-`))
    return node;
  throw new Error(`${metadata?.name} is on ${node}, which is no node of ${settings.context}`);
}

async function firstPod(component: Component): Promise<V1Pod> {
  const [pod] = await relay.pods(component);
  if (!pod) throw new Error(`${component} has no pod`);
  return pod;
}

/** The main process of the pod's container, by its number on the node. */
async function processOf(pod: V1Pod): Promise<string> {
  const [container] = pod.status!.containerStatuses!;
  const id = container!.containerID!.replace('containerd://', '');
  const command = ['exec', nodeOf(pod), 'ctr', '--namespace=k8s.io', 'task', 'list'];
  const tasks = await run('docker', command);
  const [, pid] = new RegExp(`^${id} +(\\d+) `, 'm').exec(tasks) ?? [];
  if (!pid) throw new Error(`${pod.metadata?.name} has no process on its node`);
  return pid;
}
