import type { Run } from './exec.ts';
import type { Place } from './kubectl.ts';

/**
 * helm in one place: `helm('status', 'relay')`. Resolves with its stdout.
 *
 * @throws CommandError
 */
export type Helm = (...args: string[]) => Promise<string>;

/** The only way to a cluster's helm: each command names the cluster. */
export function createHelm(run: Run, place: Place): Helm {
  return (...args) => run('helm', [...args, ...placeFlags(place)]);
}

/** The flags that name the place, also for a command that is shown. */
export function placeFlags({ context, namespace }: Place): string[] {
  return [
    '--kube-context',
    context,
    ...(namespace === undefined ? [] : ['--namespace', namespace]),
  ];
}

/**
 * Helm 4 refuses to change what kubectl has changed since, such as the number of pods; Helm 3 puts
 * back what the chart says, as whoever deploys expects.
 */
export async function conflictFlags(helm: Helm): Promise<string[]> {
  const version = await helm('version', '--template', '{{.Version}}');
  return version.startsWith('v3.') ? [] : ['--force-conflicts'];
}
