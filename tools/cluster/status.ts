import type { HealthDetails } from '@relay/service-kit/http/health';

import { parseCounters, type Counters } from '../dev/demo/counters.ts';
import { ClusterError } from './errors.ts';
import { describeApiError, type Kubernetes } from './kubernetes.ts';
import { NAMESPACE, RELEASE_LABELS } from './names.ts';
import { summarizePod, type PodSummary } from './pods.ts';
import { openTunnel } from './tunnel.ts';

const SERVICES: ReadonlySet<string> = new Set(['auth', 'post']);
const TIMEOUT_MS = 4000;

/** What a pod's admin port tells. */
export interface Report {
  pod: string;
  health: HealthDetails;
  counters: Counters;
}

export interface ClusterStatus {
  pods: PodSummary[];
  /** Of the service pods that answered. */
  reports: Report[];
  /** The names of the service pods that run and did not answer: what they counted is missing. */
  silent: string[];
}

/** @throws ClusterError when Relay or the cluster is not there */
export async function readStatus({ core, connect }: Kubernetes): Promise<ClusterStatus> {
  const { items } = await core
    .listNamespacedPod({ namespace: NAMESPACE, labelSelector: RELEASE_LABELS })
    .catch((error: unknown) => {
      const reason = describeApiError(error);
      throw new ClusterError(`The cluster does not tell: ${reason}`, { cause: error });
    });
  if (items.length === 0) {
    throw new ClusterError(`Relay is not in the namespace ${NAMESPACE}: npm run cluster`);
  }
  const pods = items.map(summarizePod);
  const silent: string[] = [];
  const asked = await Promise.all(
    items.map(async ({ spec, status }, index) => {
      const { name, component } = pods[index]!;
      const port = spec?.containers
        .flatMap(({ ports }) => ports ?? [])
        .find((candidate) => candidate.name === 'admin')?.containerPort;
      if (!SERVICES.has(component) || status?.phase !== 'Running' || !port) return undefined;
      const report = await askAdmin(connect, { namespace: NAMESPACE, pod: name, port });
      if (!report) silent.push(name);
      return report;
    }),
  );
  return { pods, reports: asked.filter((report) => report !== undefined), silent };
}

/** Through the pod itself: a NetworkPolicy may keep everybody else from the admin port. */
async function askAdmin(
  connect: Kubernetes['connect'],
  target: { namespace: string; pod: string; port: number },
): Promise<Report | undefined> {
  const tunnel = await openTunnel({ port: 0, findTarget: async () => target, connect });
  const get = (path: string) =>
    fetch(`http://127.0.0.1:${tunnel.port}${path}`, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  try {
    // A health that is bad comes as 503, and is as welcome.
    const health = (await (await get('/health')).json()) as HealthDetails;
    const counters = parseCounters(await (await get('/metrics')).text());
    return { pod: target.pod, health, counters };
  } catch {
    return undefined;
  } finally {
    await tunnel.close();
  }
}
