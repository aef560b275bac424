import {
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  type ApiConstructor,
  type V1Pod,
  type V1Secret,
} from '@kubernetes/client-node';

import { run } from '../../../tools/cluster/exec.ts';
import { createHelm, type Helm } from '../../../tools/cluster/helm.ts';
import { createKubectl, type Kubectl } from '../../../tools/cluster/kubectl.ts';
import { createApi } from '../../../tools/cluster/kubernetes.ts';
import { eventually } from './eventually.ts';
import { settings } from './settings.ts';

export type Component =
  | 'auth'
  | 'post'
  | 'redis'
  | 'postgres'
  | 'redis-exporter'
  | 'postgres-exporter';

/** Of the context that CLUSTER_CONTEXT names. Made at the first use: listing the tests needs no cluster. */
export const core = clientOf(CoreV1Api);
const apps = clientOf(AppsV1Api);
export const customObjects = clientOf(CustomObjectsApi);

/** A namespace with a release of Relay in it. */
export interface Release {
  namespace: string;
  kubectl: Kubectl;
  helm: Helm;
  /** Runs a command in a pod or the first pod of a workload, `deployment/relay-post`. */
  exec(target: string, ...command: string[]): Promise<string>;
  /** Those of a component that are there to stay. */
  pods(component: Component): Promise<V1Pod[]>;
  /** Until each workload has all its replicas, and none of an older kind. */
  settled(withinMs?: number): Promise<void>;
  /** Decoded. */
  secret(name: string): Promise<Record<string, string>>;
}

export function releaseIn(namespace: string): Release {
  const place = { context: settings.context, namespace };
  const kubectl = createKubectl(run, place);

  async function allPods(component?: Component): Promise<V1Pod[]> {
    const of = component ? `,app.kubernetes.io/component=${component}` : '';
    const labelSelector = `app.kubernetes.io/instance=relay${of}`;
    return (await core().listNamespacedPod({ namespace, labelSelector })).items;
  }

  async function assertSettled(): Promise<void> {
    const [deployments, statefulSets] = await Promise.all([
      apps().listNamespacedDeployment({ namespace }),
      apps().listNamespacedStatefulSet({ namespace }),
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
    const leaving = (await allPods()).find(({ metadata }) => metadata?.deletionTimestamp);
    if (leaving) throw new Error(`${leaving.metadata?.name} is still ending`);
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

/** kubectl for what is not of one release. */
export const inCluster = createKubectl(run, { context: settings.context });

/** Makes a namespace anew: an interrupted run may have left one. */
export async function createNamespace(name: string, labels: Record<string, string>): Promise<void> {
  await deleteNamespace(name);
  await core().createNamespace({ body: { metadata: { name, labels } } });
}

export async function deleteNamespace(name: string): Promise<void> {
  await inCluster('delete', 'namespace', name, '--ignore-not-found', '--wait');
}

/** The one that `npm run cluster` deploys. */
export const relay = releaseIn('relay');

function decoded({ data = {} }: V1Secret): Record<string, string> {
  const entries = Object.entries(data);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}

function clientOf<T extends object>(kind: ApiConstructor<T>): () => T {
  let client: T | undefined;
  return () => (client ??= createApi(settings.context, kind));
}
