import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { UsageError } from '../../kit/cli.ts';
import type { Kind } from './manifest-schema.ts';

/** A document that its project publishes at a tag. */
export interface Source {
  project: string;
  version: string;
  licence: string;
  url: string;
  kinds: Kind[];
}

const GITHUB = 'https://raw.githubusercontent.com';

/** Kubernetes' own kinds, and the definitions that all others build on. */
export const kubernetes: Source = {
  project: 'Kubernetes',
  version: 'v1.34.2',
  licence: 'Apache-2.0',
  url: `${GITHUB}/kubernetes/kubernetes/v1.34.2/api/openapi-spec/swagger.json`,
  kinds: [
    { group: '', version: 'v1', kind: 'ConfigMap' },
    { group: '', version: 'v1', kind: 'Namespace' },
    { group: '', version: 'v1', kind: 'Pod' },
    { group: '', version: 'v1', kind: 'Secret' },
    { group: '', version: 'v1', kind: 'Service' },
    { group: '', version: 'v1', kind: 'ServiceAccount' },
    { group: 'apps', version: 'v1', kind: 'Deployment' },
    { group: 'apps', version: 'v1', kind: 'StatefulSet' },
    { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' },
    { group: 'batch', version: 'v1', kind: 'Job' },
    { group: 'networking.k8s.io', version: 'v1', kind: 'Ingress' },
    { group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy' },
    { group: 'policy', version: 'v1', kind: 'PodDisruptionBudget' },
  ],
};

const OPERATOR = 'prometheus-operator/prometheus-operator/v0.85.0/example/prometheus-operator-crd';
const GATEWAY = 'kubernetes-sigs/gateway-api/v1.3.0/config/crd/standard';
const operator = { project: 'Prometheus Operator', version: 'v0.85.0', licence: 'Apache-2.0' };

/** One CustomResourceDefinition each. */
export const customResources: Source[] = [
  {
    ...operator,
    url: `${GITHUB}/${OPERATOR}/monitoring.coreos.com_servicemonitors.yaml`,
    kinds: [{ group: 'monitoring.coreos.com', version: 'v1', kind: 'ServiceMonitor' }],
  },
  {
    ...operator,
    url: `${GITHUB}/${OPERATOR}/monitoring.coreos.com_prometheusrules.yaml`,
    kinds: [{ group: 'monitoring.coreos.com', version: 'v1', kind: 'PrometheusRule' }],
  },
  {
    project: 'Gateway API',
    version: 'v1.3.0',
    licence: 'Apache-2.0',
    url: `${GITHUB}/${GATEWAY}/gateway.networking.k8s.io_httproutes.yaml`,
    kinds: [{ group: 'gateway.networking.k8s.io', version: 'v1', kind: 'HTTPRoute' }],
  },
];

/**
 * The source's text: downloaded, or read from a folder that holds it under the name that its URL ends in.
 *
 * @throws UsageError where it cannot be had
 */
export async function readSource({ url }: Source, folder: string | undefined): Promise<string> {
  const place = folder === undefined ? url : path.join(folder, path.basename(url));
  try {
    if (folder !== undefined) return await readFile(place, 'utf8');
    const response = await fetch(url, { signal: AbortSignal.timeout(120_000) });
    if (response.ok) return await response.text();
    throw new Error(`${response.status} ${response.statusText}`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${place} cannot be read: ${reason}`, { cause });
  }
}
