import { customObjects, relay } from './cluster.ts';

const SERVICE = 'kube-prometheus-stack-prometheus:9090';

export interface Sample {
  metric: Record<string, string>;
  value: number;
}

export interface Target {
  /** `serviceMonitor/relay/relay-post/0`. */
  scrapePool: string;
  health: string;
  lastError: string;
  labels: Record<string, string>;
}

/** A rule as Prometheus has it. */
export interface Rule {
  name: string;
  type: 'recording' | 'alerting';
  query: string;
  labels?: Record<string, string>;
  /** How long an alert goes on firing without its cause, in seconds. */
  keepFiringFor?: number;
  /** `ok`, `err`, or `unknown` before its first evaluation. */
  health: string;
  lastError?: string;
  /** In seconds. */
  evaluationTime: number;
  /** Of an alert: `inactive`, `pending` or `firing`. */
  state?: string;
}

/** An instant query, as on Prometheus' own page. */
export async function query(promql: string): Promise<Sample[]> {
  const { result } = await ask<{ result: { metric: Sample['metric']; value: [number, string] }[] }>(
    `query?query=${encodeURIComponent(promql)}`,
  );
  return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}

/** The ids of the traces that a query's series have had exemplars of since then. */
export async function exemplarsOf(promql: string, since: Date): Promise<string[]> {
  const range = `start=${since.toISOString()}&end=${new Date().toISOString()}`;
  const found = await ask<{ exemplars: { labels: Record<string, string> }[] }[]>(
    `query_exemplars?query=${encodeURIComponent(promql)}&${range}`,
  );
  return found.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels['trace_id']!));
}

/** Of the past until now. */
export interface Range {
  seconds: number;
  stepSeconds: number;
}

/** A line of a graph. */
export interface Series {
  metric: Record<string, string>;
  values: number[];
}

/**
 * What a panel of a dashboard gets: of now without a range.
 *
 * @throws Error where Prometheus needs more than a second, which it is told to stop after
 */
export async function panelQuery(promql: string, range?: Range): Promise<Series[]> {
  const parameters = new URLSearchParams({ query: promql, timeout: '1s' });
  if (range) {
    const end = Date.now() / 1000;
    parameters.set('start', String(end - range.seconds));
    parameters.set('end', String(end));
    parameters.set('step', String(range.stepSeconds));
  }
  const { result } = await ask<{ result: Answered[] }>(
    `${range ? 'query_range' : 'query'}?${parameters.toString()}`,
  );
  return result.map(({ metric, value, values = value ? [value] : [] }) => ({
    metric,
    values: values.map(([, text]) => Number(text)),
  }));
}

type Point = [time: number, value: string];

/** With one point of a moment, or those of a range. */
interface Answered {
  metric: Record<string, string>;
  value?: Point;
  values?: Point[];
}

/** The values of a label of some series, as a variable of a dashboard asks for them. */
export async function labelValues(series: string, label: string): Promise<string[]> {
  const parameters = new URLSearchParams({ 'match[]': series });
  return ask(`label/${label}/values?${parameters.toString()}`);
}

/** The targets of a ServiceMonitor of the release. */
export async function targetsOf(serviceMonitor: string): Promise<Target[]> {
  const { activeTargets } = await ask<{ activeTargets: Target[] }>('targets?state=active');
  const pool = `serviceMonitor/${relay.namespace}/${serviceMonitor}/`;
  return activeTargets.filter(({ scrapePool }) => scrapePool.startsWith(pool));
}

/** The release's rules; none before Prometheus has loaded them. */
export async function rulesOfRelay(): Promise<Rule[]> {
  const { groups } = await ask<{ groups: { name: string; rules: Rule[] }[] }>('rules');
  return groups.filter(({ name }) => name.startsWith('relay-')).flatMap(({ rules }) => rules);
}

/** The names of the release's ServiceMonitors. */
export async function serviceMonitors(): Promise<string[]> {
  const { items } = (await customObjects().listNamespacedCustomObject({
    group: 'monitoring.coreos.com',
    version: 'v1',
    plural: 'servicemonitors',
    namespace: relay.namespace,
    labelSelector: 'app.kubernetes.io/instance=relay',
  })) as { items: { metadata: { name: string } }[] };
  return items.map(({ metadata }) => metadata.name).toSorted();
}

/** Prometheus' API, through that of the cluster: no port of this machine is needed. */
async function ask<T>(path: string): Promise<T> {
  const uri = `/api/v1/namespaces/monitoring/services/${SERVICE}/proxy/api/v1/${path}`;
  const { data } = JSON.parse(await relay.kubectl('get', '--raw', uri)) as { data: T };
  return data;
}
