/** One line, or one family of lines, of a panel. */
export interface Query {
  expr: string;
  /** `{{key}}` is the label's value. */
  legend: string;
  /** Whether the traces behind single observations are shown: of histograms that carry them, not of recorded rules. */
  exemplars?: boolean;
}

export const query = (expr: string, legend: string): Query => ({ expr, legend });

/** Selects the chosen namespace, of the chosen cluster or of all. */
export const HERE = 'cluster=~"$cluster",namespace="$namespace"';

/** A name of the Service behind which something is, without the release's; several as `auth|post`. */
type Component =
  | 'auth'
  | 'post'
  | 'web'
  | 'auth|post'
  | 'auth|post|web'
  | 'redis-exporter'
  | 'postgres-exporter'
  | '${service}';

/** Selects the series of a component of the chosen release. */
export function of(component: Component, ...matchers: string[]): string {
  const isExact = /^[a-z-]+$/.test(component);
  const job = isExact ? `job="\${release}-${component}"` : `job=~"\${release}-(${component})"`;
  return `{${[HERE, job, ...matchers].join(',')}}`;
}

/** Selects the kubelet's figures of the services' containers, or those of kube-state-metrics. */
export function containersWith(...matchers: string[]): string {
  const pods = 'pod=~"${release}-(${service})-.+"';
  return `{${[HERE, pods, 'container=~"${service}"', ...matchers].join(',')}}`;
}

/** Per second, over the shortest time that has enough scrapes for it. */
export const rate = (metric: string, selector: string) =>
  `rate(${metric}${selector}[$__rate_interval])`;

/** The same, added up. */
export const sumRate = (metric: string, selector: string, ...by: string[]) =>
  `sum ${grouping(by)}(${rate(metric, selector)})`;

/** A quantile of a histogram. */
export const quantile = (q: number, metric: string, selector: string, ...by: string[]) =>
  `histogram_quantile(${q}, ${sumRate(`${metric}_bucket`, selector, ...by, 'le')})`;

/** The mean of a histogram's observations. */
export const mean = (metric: string, selector: string, ...by: string[]) =>
  `${sumRate(`${metric}_sum`, selector, ...by)} / ${sumRate(`${metric}_count`, selector, ...by)}`;

/** The usual three of a latency, with traces. */
export function percentiles(metric: string, selector: string): Query[] {
  return [0.5, 0.95, 0.99].map((q) => ({
    expr: quantile(q, metric, selector),
    legend: `p${q * 100}`,
    exemplars: true,
  }));
}

function grouping(labels: readonly string[]): string {
  return labels.length === 0 ? '' : `by (${labels.join(', ')}) `;
}
