import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';

interface PodOptions {
  name: string;
  component?: string;
  phase?: string;
  ready?: boolean;
  restarts?: number;
  state?: V1ContainerStatus['state'];
  deleted?: boolean;
}

/** A pod with one container, named after its component. */
export function podOf({
  name,
  component = 'post',
  phase = 'Running',
  ready = true,
  restarts = 0,
  state = { running: {} },
  deleted = false,
}: PodOptions): V1Pod {
  const createdAt = new Date('2026-11-23T10:00:00Z');
  return {
    metadata: {
      name,
      labels: { 'app.kubernetes.io/component': component },
      creationTimestamp: createdAt,
      ...(deleted && { deletionTimestamp: createdAt }),
    },
    spec: { containers: [{ name: component }] },
    status: {
      phase,
      containerStatuses: [
        { name: component, ready, restartCount: restarts, state, image: '', imageID: '' },
      ],
    },
  };
}
