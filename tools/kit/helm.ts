import type { Run } from './exec.ts';
import type { Place } from './kubectl.ts';

/**
 * helm in one place: `helm('status', 'relay')`. Resolves with its stdout.
 *
 * @throws CommandError
 */
export type Helm = (...args: string[]) => Promise<string>;

/** The only caller of helm: every command names the cluster. */
export function createHelm(run: Run, place: Place): Helm {
  return (...args) => run('helm', [...args, ...placeFlags(place)]);
}

/** The flags that name the place, also for a command in a message. */
export function placeFlags({ context, namespace }: Place): string[] {
  return [
    '--kube-context',
    context,
    ...(namespace === undefined ? [] : ['--namespace', namespace]),
  ];
}

/**
 * Makes Helm 4 overwrite fields that kubectl has changed, such as the number of replicas, as Helm 3 does.
 * Without the flag it fails with a conflict.
 */
export async function conflictFlags(helm: Helm): Promise<string[]> {
  const version = await helm('version', '--template', '{{.Version}}');
  return version.startsWith('v3.') ? [] : ['--force-conflicts'];
}
