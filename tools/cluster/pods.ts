import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';

const NAMED_PODS = 3;

export interface PodSummary {
  name: string;
  component: string;
  /** As `kubectl get pods` has it: the phase, or what keeps a container from running. */
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
    // kubectl's JSON has a string where the client library has a Date.
    createdAt: createdAt && new Date(createdAt),
  };
}

/** True for a pod that runs and may be sent requests. */
export function isReady({ state, readyContainers, containers }: PodSummary): boolean {
  return state === 'Running' && readyContainers === containers;
}

/** True for a pod that has nothing more to do, as a migration's, or is on its way out. */
export function isOver({ state }: PodSummary): boolean {
  return state === 'Completed' || state === 'Terminating';
}

/** Those of the pods that keep a release from being ready. */
export function unready(pods: readonly PodSummary[]): PodSummary[] {
  return pods.filter((pod) => !isReady(pod) && !isOver(pod));
}

/** How far a release has come, on one line. */
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
  const held =
    prefixed('Init:', status?.initContainerStatuses) ?? prefixed('', status?.containerStatuses);
  return held ?? status?.reason ?? status?.phase ?? 'Unknown';
}

/** Why one of the containers does not run. */
function prefixed(prefix: string, statuses: V1ContainerStatus[] = []): string | undefined {
  for (const { state } of statuses) {
    const ended = state?.terminated;
    const reason = state?.waiting?.reason ?? (ended?.exitCode ? ended.reason : undefined);
    if (reason) return prefix + reason;
  }
  return undefined;
}
