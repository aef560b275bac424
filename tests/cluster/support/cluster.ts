import type { V1Pod, V1Secret } from '@kubernetes/client-node';

import { run } from '../../../tools/kit/exec.ts';
import { createHelm, type Helm } from '../../../tools/kit/helm.ts';
import { createKubectl, type Kubectl } from '../../../tools/kit/kubectl.ts';
import { connectKubernetes, type Kubernetes } from '../../../tools/kit/kubernetes.ts';
import { NAMESPACE, RELEASE } from '../../../tools/kit/names.ts';
import { eventually } from '../../../tools/kit/wait.ts';
import { settings } from './settings.ts';

export type Component =
  | 'auth'
  | 'post'
  | 'web'
  | 'redis'
  | 'postgres'
  | 'redis-exporter'
  | 'postgres-exporter';

let connected: Kubernetes | undefined;

/** Connected at the first use: listing the tests needs no cluster. */
export const kubernetes = (): Kubernetes => (connected ??= connectKubernetes(settings.context));

export const core = () => kubernetes().core;

/** A namespace with a release of Relay. */
export interface Release {
  namespace: string;
  kubectl: Kubectl;
  helm: Helm;
  /** Runs a command in a pod, or in the first pod of a workload such as `deployment/relay-post`. */
  exec(target: string, ...command: string[]): Promise<string>;
  /** The pods of a component that are not terminating. */
  pods(component: Component): Promise<V1Pod[]>;
  /** Resolves once each workload has all its replicas, all of its current revision. */
  settled(withinMs?: number): Promise<void>;
  /** The decoded values. */
  secret(name: string): Promise<Record<string, string>>;
}

export function releaseIn(namespace: string): Release {
  const place = { context: settings.context, namespace };
  const kubectl = createKubectl(run, place);

  async function allPods(component?: Component): Promise<V1Pod[]> {
    const of = component ? `,app.kubernetes.io/component=${component}` : '';
    const labelSelector = `app.kubernetes.io/instance=${RELEASE}${of}`;
    return (await core().listNamespacedPod({ namespace, labelSelector })).items;
  }

  async function assertSettled(): Promise<void> {
    const { apps } = kubernetes();
    const [deployments, statefulSets] = await Promise.all([
      apps.listNamespacedDeployment({ namespace }),
      apps.listNamespacedStatefulSet({ namespace }),
    ]);
    for (const { metadata, spec, status } of [...deployments.items, ...statefulSets.items]) {
      const { replicas = 0, readyReplicas = 0, updatedReplicas = 0 } = status ?? {};
      const counts = [replicas, readyReplicas, updatedReplicas];
      const isCurrent = status?.observedGeneration === metadata?.generation;
      if (isCurrent && counts.every((count) => count === spec?.replicas)) continue;
      throw new Error(
        `${metadata?.name} has ${readyReplicas} of ${spec?.replicas} replicas ready, ${updatedReplicas} up to date`,
      );
    }
    const terminating = (await allPods()).find(({ metadata }) => metadata?.deletionTimestamp);
    if (terminating) throw new Error(`${terminating.metadata?.name} is still terminating`);
  }

  return {
    namespace,
    kubectl,
    helm: createHelm(run, place),
    exec: (target, ...command) => kubectl('exec', target, '--', ...command),
    pods: async (component) =>
      (await allPods(component)).filter(({ metadata }) => !metadata?.deletionTimestamp),
    settled: (withinMs = 180_000) =>
      eventually('every workload of the release has its replicas', assertSettled, { withinMs }),
    secret: async (name) => decoded(await core().readNamespacedSecret({ name, namespace })),
  };
}

/** kubectl outside of any release. */
export const inCluster = createKubectl(run, { context: settings.context });

/** Replaces a namespace that an interrupted run may have left. */
export async function createNamespace(name: string, labels: Record<string, string>): Promise<void> {
  await deleteNamespace(name);
  await core().createNamespace({ body: { metadata: { name, labels } } });
}

export async function deleteNamespace(name: string): Promise<void> {
  await inCluster('delete', 'namespace', name, '--ignore-not-found', '--wait');
}

/** The release that `npm run cluster` deploys. */
export const relay = releaseIn(NAMESPACE);

function decoded({ data = {} }: V1Secret): Record<string, string> {
  const entries = Object.entries(data);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}
