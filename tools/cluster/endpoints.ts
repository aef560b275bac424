import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node';

import { UserError } from '../kit/cli.ts';
import type { Kubernetes, ServicePort } from '../kit/kubernetes.ts';
import type { PodPort } from '../kit/port-forward.ts';

/** A ready pod of a Service. @throws UserError if there is none */
export async function findReadyPod(
  { core, discovery }: Pick<Kubernetes, 'core' | 'discovery'>,
  { namespace, service, port }: ServicePort,
): Promise<PodPort> {
  // A list, because reading a missing Service is an error like any other.
  const services = await core.listNamespacedService({
    namespace,
    fieldSelector: `metadata.name=${service}`,
  });
  const found = services.items[0];
  if (!found) throw new UserError(`there is no Service ${service} in ${namespace}`);
  const slices = await discovery.listNamespacedEndpointSlice({
    namespace,
    labelSelector: `kubernetes.io/service-name=${service}`,
  });
  const target = pickReadyPod(found, slices.items, port);
  if (!target) throw new UserError(`no pod of ${service} in ${namespace} is ready`);
  return target;
}

/** The first ready pod in a Service's slices, with the pod's port for the Service's port. */
export function pickReadyPod(
  { metadata, spec }: V1Service,
  slices: readonly V1EndpointSlice[],
  port: number,
): PodPort | undefined {
  const servicePort = spec?.ports?.find((candidate) => candidate.port === port);
  if (!servicePort) return undefined;
  for (const { endpoints, ports } of slices) {
    // A port without a name has an empty one in the slice; a slice without pods has no list of ports.
    const number = ports?.find(({ name }) => (name ?? '') === (servicePort.name ?? ''))?.port;
    const ready = endpoints?.find(({ conditions }) => conditions?.ready !== false);
    if (number !== undefined && ready?.targetRef?.kind === 'Pod' && ready.targetRef.name) {
      const namespace = metadata?.namespace ?? 'default';
      return { namespace, pod: ready.targetRef.name, port: number };
    }
  }
  return undefined;
}
