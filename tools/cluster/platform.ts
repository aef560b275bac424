import { CommandError, type Run } from '../kit/exec.ts';
import { createHelm, type Helm } from '../kit/helm.ts';
import { createKubectl } from '../kit/kubectl.ts';
import type { Settings } from './options.ts';

export const MONITORING_CHART = {
  name: 'kube-prometheus-stack',
  repository: 'https://prometheus-community.github.io/helm-charts',
  version: '88.5.3',
} as const;

const { name, repository, version } = MONITORING_CHART;
const SERVICE_MONITORS = 'customresourcedefinition/servicemonitors.monitoring.coreos.com';

interface IngressController {
  name: string;
  /** By default the chart's NetworkPolicies admit no other controller. */
  isContour: boolean;
}

/** The components that the chart needs in a cluster. */
interface Platform {
  applyNamespace(): Promise<void>;
  /** `undefined` without any. */
  findIngressController(): Promise<IngressController | undefined>;
  installIngressController(): Promise<void>;
  /** The operator's resources; `undefined` without any, or after an installation of ours that failed. */
  findPrometheusOperator(): Promise<string | undefined>;
  installMonitoring(): Promise<void>;
}

export function createPlatform(run: Run, { context }: Pick<Settings, 'context'>): Platform {
  const kubectl = createKubectl(run, { context });
  const helm = createHelm(run, { context, namespace: 'monitoring' });
  const find = async (...args: string[]) => {
    const found = await kubectl('get', ...args, '--ignore-not-found', '--output', 'name');
    return found.split('\n')[0] || undefined;
  };

  return {
    async applyNamespace() {
      await kubectl('apply', '--filename', 'k8s/namespace.yaml');
    },
    async findIngressController() {
      // Contour's manifest has no IngressClass; it serves Ingresses without a class.
      const contour = await find('deployment/contour', '--namespace', 'projectcontour');
      if (contour) return { name: contour, isContour: true };
      const other = await find('ingressclasses');
      return other === undefined ? undefined : { name: other, isContour: false };
    },
    async installIngressController() {
      await kubectl('apply', '--server-side', '--kustomize', 'k8s/ingress');
      const namespace = ['--namespace', 'projectcontour', '--timeout', '300s'];
      await kubectl('rollout', 'status', 'deployment/contour', ...namespace);
      await kubectl('rollout', 'status', 'daemonset/envoy', ...namespace);
    },
    async findPrometheusOperator() {
      const found = await find(SERVICE_MONITORS);
      // The stack creates it first, so it exists even if the rest of the installation failed.
      const status = found && (await releaseStatus(helm));
      return status === undefined || status === 'deployed' ? found : undefined;
    },
    async installMonitoring() {
      const chart = [name, '--repo', repository, '--version', version];
      const values = ['--values', 'k8s/monitoring/values.yaml'];
      const wait = ['--create-namespace', '--wait', '--timeout', '10m'];
      await helm('upgrade', '--install', name, ...chart, ...values, ...wait);
    },
  };
}

/** `undefined` for an operator that was not installed by `npm run cluster`. */
async function releaseStatus(helm: Helm): Promise<string | undefined> {
  try {
    const { info } = JSON.parse(await helm('status', name, '--output', 'json')) as {
      info: { status: string };
    };
    return info.status;
  } catch (error) {
    if (error instanceof CommandError && /not found/i.test(error.stderr)) return undefined;
    throw error;
  }
}
