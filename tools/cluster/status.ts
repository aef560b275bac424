import type { PostHealth } from '@relay/post';
import type { HealthDetails } from '@relay/service-kit/service/health';

import { parseCacheCounters, type CacheCounters } from '../kit/cache-counters.ts';
import { UserError } from '../kit/cli.ts';
import { describeApiError, type Kubernetes } from '../kit/kubernetes.ts';
import { NAMESPACE, RELEASE_LABELS } from '../kit/names.ts';
import { forwardPort } from '../kit/port-forward.ts';
import { summarizePod, type PodSummary } from './pods.ts';

const SERVICES: ReadonlySet<string> = new Set(['auth', 'post']);
const TIMEOUT_MS = 4000;

/** The answers of a pod's admin port. */
export interface Report {
  pod: string;
  /** Pods of the post service have `cache`. */
  health: HealthDetails & Partial<Pick<PostHealth, 'cache'>>;
  counters: CacheCounters;
}

export interface ClusterStatus {
  pods: PodSummary[];
  /** Of the service pods that answered. */
  reports: Report[];
}

type Connected = Pick<Kubernetes, 'core' | 'connect'>;

/**
 * @param commandPrefix for the command that deploys Relay, in a message
 * @throws UserError if the cluster does not answer or Relay is not deployed
 */
export async function readStatus(
  { core, connect }: Connected,
  commandPrefix: string,
): Promise<ClusterStatus> {
  const { items } = await core
    .listNamespacedPod({ namespace: NAMESPACE, labelSelector: RELEASE_LABELS })
    .catch((error: unknown) => {
      const reason = describeApiError(error);
      throw new UserError(`The pods cannot be listed: ${reason}`, { cause: error });
    });
  if (items.length === 0) {
    throw new UserError(
      `Relay is not in the namespace ${NAMESPACE}. To deploy it: ${commandPrefix}npm run cluster`,
    );
  }
  const reports = await Promise.all(
    items.map(async (pod) => {
      const { name, component } = summarizePod(pod);
      const port = pod.spec?.containers
        .flatMap(({ ports }) => ports ?? [])
        .find((candidate) => candidate.name === 'admin')?.containerPort;
      if (!SERVICES.has(component) || pod.status?.phase !== 'Running' || !port) return undefined;
      return readAdminPort(connect, { namespace: NAMESPACE, pod: name, port });
    }),
  );
  return {
    pods: items.map(summarizePod),
    reports: reports.filter((report) => report !== undefined),
  };
}

/** The running service pods without a report: their counters are missing in every sum. */
export function withoutReport({ pods, reports }: ClusterStatus): string[] {
  const reported = new Set(reports.map(({ pod }) => pod));
  return pods
    .filter(({ component, state }) => SERVICES.has(component) && state === 'Running')
    .map(({ name }) => name)
    .filter((name) => !reported.has(name));
}

/** Connects to the pod itself: NetworkPolicies do not apply to port-forwards. */
async function readAdminPort(
  connect: Kubernetes['connect'],
  target: { namespace: string; pod: string; port: number },
): Promise<Report | undefined> {
  const forward = await forwardPort({ port: 0, findTarget: async () => target, connect });
  const get = (path: string) =>
    fetch(`http://127.0.0.1:${forward.port}${path}`, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  try {
    // `down` has the status 503 and the same form.
    const health = (await (await get('/health')).json()) as Report['health'];
    const counters = parseCacheCounters(await (await get('/metrics')).text());
    return { pod: target.pod, health, counters };
  } catch {
    return undefined;
  } finally {
    await forward.close();
  }
}
