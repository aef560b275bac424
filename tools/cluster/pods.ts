import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';

const NAMED_PODS = 3;

export interface PodSummary {
  name: string;
  component: string;
  /** As in `kubectl get pods`: the phase, or the reason for which a container does not run. */
  state: string;
  readyContainers: number;
  containers: number;
  restarts: number;
  createdAt: Date | undefined;
}

export function summarizePod({ metadata, spec, status }: V1Pod): PodSummary {
  const statuses = status?.containerStatuses ?? [];
  const createdAt = metadata?.creationTimestamp;
  return {
    name: metadata?.name ?? '',
    component: metadata?.labels?.['app.kubernetes.io/component'] ?? '',
    state: stateOf(metadata, status),
    readyContainers: statuses.filter(({ ready }) => ready).length,
    containers: spec?.containers.length ?? statuses.length,
    restarts: statuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
    // A string in kubectl's JSON, a Date in the client library.
    createdAt: createdAt && new Date(createdAt),
  };
}

/** True for a pod that runs and gets requests. */
export function isReady({ state, readyContainers, containers }: PodSummary): boolean {
  return state === 'Running' && readyContainers === containers;
}

/** True for a completed pod, such as a migration's, and for a terminating one. */
export function isOver({ state }: PodSummary): boolean {
  return state === 'Completed' || state === 'Terminating';
}

/** The pods that a release waits for. */
export function unready(pods: readonly PodSummary[]): PodSummary[] {
  return pods.filter((pod) => !isReady(pod) && !isOver(pod));
}

/** The progress of a release on one line. */
export function describeProgress(pods: readonly PodSummary[]): string {
  const lasting = pods.filter((pod) => !isOver(pod));
  const waiting = unready(pods);
  const count = `${lasting.length - waiting.length} of ${lasting.length} pods are ready`;
  if (waiting.length === 0) return count;
  const named = waiting
    .slice(0, NAMED_PODS)
    .map(({ name, state }) => `${name} (${state === 'Running' ? 'not ready' : state})`);
  const others = waiting.length - named.length;
  const rest = others > 0 ? [`${others} more`] : [];
  return `${count}; waiting for ${[...named, ...rest].join(', ')}`;
}

function stateOf(metadata: V1Pod['metadata'], status: V1Pod['status']): string {
  if (metadata?.deletionTimestamp) return 'Terminating';
  if (status?.phase === 'Succeeded') return 'Completed';
  const reason =
    prefixed('Init:', status?.initContainerStatuses) ?? prefixed('', status?.containerStatuses);
  return reason ?? status?.reason ?? status?.phase ?? 'Unknown';
}

/** The reason for which a container does not run. */
function prefixed(prefix: string, statuses: V1ContainerStatus[] = []): string | undefined {
  for (const { state } of statuses) {
    const ended = state?.terminated;
    const reason = state?.waiting?.reason ?? (ended?.exitCode ? ended.reason : undefined);
    if (reason) return prefix + reason;
  }
  return undefined;
}
