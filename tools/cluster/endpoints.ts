import type {
  DiscoveryV1Api,
  CoreV1Api,
  V1EndpointSlice,
  V1Service,
} from '@kubernetes/client-node';

import { ClusterError } from './errors.ts';
import type { PodPort } from './tunnel.ts';

export interface ServicePort {
  namespace: string;
  service: string;
  port: number;
}

/** A ready pod behind a Service. @throws ClusterError when there is none */
export async function findReadyPod(
  { core, discovery }: { core: CoreV1Api; discovery: DiscoveryV1Api },
  { namespace, service, port }: ServicePort,
): Promise<PodPort> {
  // A list, since reading one that is not there is an error like any other.
  const services = await core.listNamespacedService({
    namespace,
    fieldSelector: `metadata.name=${service}`,
  });
  const found = services.items[0];
  if (!found) throw new ClusterError(`there is no Service ${service} in ${namespace}`);
  const slices = await discovery.listNamespacedEndpointSlice({
    namespace,
    labelSelector: `kubernetes.io/service-name=${service}`,
  });
  const target = pickReadyPod(found, slices.items, port);
  if (!target) throw new ClusterError(`no pod behind ${service} in ${namespace} is ready`);
  return target;
}

/** The first ready pod of a Service's slices, and its port that the Service's one leads to. */
export function pickReadyPod(
  { metadata, spec }: V1Service,
  slices: readonly V1EndpointSlice[],
  port: number,
): PodPort | undefined {
  const servicePort = spec?.ports?.find((candidate) => candidate.port === port);
  if (!servicePort) return undefined;
  for (const { endpoints, ports } of slices) {
    // A port without a name has an empty one in the slice; without pods there is no list at all.
    const number = ports?.find(({ name }) => (name ?? '') === (servicePort.name ?? ''))?.port;
    const ready = endpoints?.find(({ conditions }) => conditions?.ready !== false);
    if (number !== undefined && ready?.targetRef?.kind === 'Pod' && ready.targetRef.name) {
      const namespace = metadata?.namespace ?? 'default';
      return { namespace, pod: ready.targetRef.name, port: number };
    }
  }
  return undefined;
}
