import { once } from 'node:events';

import type { V1Pod } from '@kubernetes/client-node';
import { execa } from 'execa';

import { settings } from '../../cluster/support/settings.ts';

interface Rhythm {
  frozenMs: number;
  /** Between two times; default: it freezes once. */
  thawedMs?: number;
}

/**
 * On the pod's node, since a container's first process does not let others of it stop it. It ends
 * with its input, and so with the drill, whatever becomes of that: then the process runs.
 */
const PROGRAM = `
  process=$1 frozen=$2 thawed=$3
  # Ends early, and says no, at the end of the input.
  pause() { read -r -t "$1"; (( $? > 128 )); }
  trap 'kill -CONT "$process"' EXIT
  while kill -STOP "$process" && echo frozen && pause "$frozen" && kill -CONT "$process" && pause "$thawed"; do :; done`;

/** Stops a pod's process and lets it go on, again and again, until it is healed. It is stopped on return. */
export async function freeze(
  pod: V1Pod,
  healing: AsyncDisposableStack,
  { frozenMs, thawedMs = 600_000 }: Rhythm,
): Promise<void> {
  const pid = await processOf(pod);
  const [frozen, thawed] = [frozenMs, thawedMs].map((ms) => String(ms / 1000));
  const command = ['bash', '-c', PROGRAM, 'freeze', pid, frozen!, thawed!];
  const freezing = execa('docker', ['exec', '--interactive', nodeOf(pod), ...command], {
    stdin: 'pipe',
    reject: false,
  });
  healing.defer(async () => {
    freezing.stdin.end();
    await freezing;
  });
  const ended = freezing.then(({ stderr }) => {
    throw new Error(`${pod.metadata?.name} does not freeze: ${stderr}`);
  });
  await Promise.race([once(freezing.stdout, 'data'), ended]);
  // Healed, it ends, and nobody waits for it here any more.
  ended.catch(() => undefined);
}

/** Ends a pod's process as the kernel would for want of memory: at once. */
export async function kill(pod: V1Pod): Promise<void> {
  await execa('docker', ['exec', nodeOf(pod), 'kill', '-KILL', await processOf(pod)]);
}

/**
 * A node of kind is a container of its name.
 *
 * @throws Error for a node of another cluster: a container of its name would be a stranger's
 */
export function nodeOf({ metadata, spec }: V1Pod): string {
  const node = spec!.nodeName!;
  if (settings.kindCluster !== undefined && node.startsWith(`${settings.kindCluster}-`))
    return node;
  throw new Error(`${metadata?.name} is on ${node}, which is no node of ${settings.context}`);
}

/** The main process of the pod's container, as its node numbers it. */
async function processOf(pod: V1Pod): Promise<string> {
  const [container] = pod.status!.containerStatuses!;
  const id = container!.containerID!.replace('containerd://', '');
  const command = ['exec', nodeOf(pod), 'ctr', '--namespace=k8s.io', 'task', 'list'];
  const { stdout } = await execa('docker', command);
  const [, pid] = new RegExp(`^${id} +(\\d+) `, 'm').exec(stdout) ?? [];
  if (!pid) throw new Error(`${pod.metadata?.name} has no process on its node`);
  return pid;
}
