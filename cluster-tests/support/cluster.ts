import {
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  type ApiConstructor,
  type V1Pod,
  type V1Secret,
} from '@kubernetes/client-node';
import { execa } from 'execa';

import { eventually } from './eventually.ts';

export type Component =
  | 'auth'
  | 'post'
  | 'redis'
  | 'postgres'
  | 'redis-exporter'
  | 'postgres-exporter';

/** Of kubectl's current context, as are all commands of the documents. Read when first asked: who only lists needs none. */
export const core = clientOf(CoreV1Api);
const apps = clientOf(AppsV1Api);
export const customObjects = clientOf(CustomObjectsApi);

/** A namespace with a release of Relay in it. */
export interface Release {
  namespace: string;
  kubectl(...args: string[]): Promise<string>;
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
  async function kubectl(...args: string[]): Promise<string> {
    const { stdout } = await execa('kubectl', ['--namespace', namespace, ...args]);
    return stdout;
  }

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
    exec: (target, ...command) => kubectl('exec', target, '--', ...command),
    pods: async (component) =>
      (await allPods(component)).filter(({ metadata }) => !metadata?.deletionTimestamp),
    settled: (withinMs = 180_000) =>
      eventually('every workload of the release has its replicas', assertSettled, { withinMs }),
    secret: async (name) => decoded(await core().readNamespacedSecret({ name, namespace })),
  };
}

/** Makes a namespace anew: an interrupted run may have left one. */
export async function createNamespace(name: string, labels: Record<string, string>): Promise<void> {
  await deleteNamespace(name);
  await core().createNamespace({ body: { metadata: { name, labels } } });
}

export async function deleteNamespace(name: string): Promise<void> {
  await execa('kubectl', ['delete', 'namespace', name, '--ignore-not-found', '--wait']);
}

/** The one that `npm run cluster` deploys. */
export const relay = releaseIn('relay');

function decoded({ data = {} }: V1Secret): Record<string, string> {
  const entries = Object.entries(data);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}

/** Made once. */
function clientOf<T extends object>(kind: ApiConstructor<T>): () => T {
  let client: T | undefined;
  return () => (client ??= makeClient(kind));
}

function makeClient<T extends object>(kind: ApiConstructor<T>): T {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  return kubeConfig.makeApiClient(kind);
}
