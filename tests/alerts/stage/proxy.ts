import { core } from '../../cluster/support/cluster.ts';

const MONITORING = 'monitoring';

/** GETs JSON from a port of a Service of `monitoring`, through the cluster's API. */
export async function askMonitoring<T>(service: string, path: string): Promise<T> {
  const answer: unknown = await core().connectGetNamespacedServiceProxyWithPath({
    namespace: MONITORING,
    name: service,
    path,
  });
  // The client has parsed what it calls a string.
  return answer as T;
}
