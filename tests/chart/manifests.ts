import type { Container, Kinds, Manifest, PodSpec } from './kubernetes.ts';
import type { Labels } from './selectors.ts';

export function ofKind<K extends keyof Kinds>(
  manifests: readonly Manifest[],
  kind: K,
): (Kinds[K] & Manifest)[] {
  return manifests.filter((manifest) => manifest.kind === kind) as (Kinds[K] & Manifest)[];
}

/** An object that creates pods, and its pod. */
export interface Workload {
  kind: 'Deployment' | 'StatefulSet' | 'Job' | 'Pod';
  name: string;
  /** Its value of `app.kubernetes.io/component`. */
  component: string;
  labels: Labels;
  annotations: Labels;
  pod: PodSpec;
}

export function workloads(manifests: readonly Manifest[]): Workload[] {
  const templated = (['Deployment', 'StatefulSet', 'Job'] as const).flatMap((kind) =>
    ofKind(manifests, kind).map(({ metadata: { name }, spec: { template } }) =>
      workload(kind, { name, ...template.metadata }, template.spec),
    ),
  );
  const alone = ofKind(manifests, 'Pod').map(({ metadata, spec }) =>
    workload('Pod', metadata, spec),
  );
  return [...templated, ...alone];
}

function workload(
  kind: Workload['kind'],
  { name, labels = {}, annotations = {} }: Manifest['metadata'],
  pod: PodSpec,
): Workload {
  const component = labels['app.kubernetes.io/component'] ?? '';
  return { kind, name, component, labels, annotations, pod };
}

/** Every container of a pod, those that run before it included. */
export function containersOf(pod: PodSpec) {
  return [...(pod.initContainers ?? []), ...pod.containers];
}

/** The named ports of a pod's containers. */
export function namedPorts(pod: PodSpec): Record<string, number> {
  const ports = pod.containers.flatMap((container) => container.ports ?? []);
  return Object.fromEntries(ports.map(({ name, containerPort }) => [name ?? '', containerPort]));
}

/** The variables of a container with their value in its specification. */
export function environmentOf({ env = [] }: Container): Record<string, string> {
  return Object.fromEntries(
    env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
  );
}
