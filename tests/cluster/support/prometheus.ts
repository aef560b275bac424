import {
  prometheusIn,
  type Prometheus,
  type Rule,
  type Target,
} from '../../../tools/kit/prometheus.ts';
import { kubernetes, relay } from './cluster.ts';

/** Connected at the first use, as `kubernetes` is. */
export const prometheus = (): Prometheus => prometheusIn(kubernetes());

/** An instant query. */
export const query: Prometheus['query'] = (...args) => prometheus().query(...args);

/** The targets of a ServiceMonitor of the release. */
export async function targetsOf(serviceMonitor: string): Promise<Target[]> {
  const pool = `serviceMonitor/${relay.namespace}/${serviceMonitor}/`;
  const targets = await prometheus().activeTargets();
  return targets.filter(({ scrapePool }) => scrapePool.startsWith(pool));
}

/** The release's rules; empty until Prometheus has loaded them. */
export async function rulesOfRelay(): Promise<Rule[]> {
  const groups = await prometheus().ruleGroups();
  return groups.filter(({ name }) => name.startsWith('relay-')).flatMap(({ rules }) => rules);
}

/** The names of the release's ServiceMonitors. */
export async function serviceMonitors(): Promise<string[]> {
  const { items } = (await kubernetes().customObjects.listNamespacedCustomObject({
    group: 'monitoring.coreos.com',
    version: 'v1',
    plural: 'servicemonitors',
    namespace: relay.namespace,
    labelSelector: 'app.kubernetes.io/instance=relay',
  })) as { items: { metadata: { name: string } }[] };
  return items.map(({ metadata }) => metadata.name).toSorted();
}
