import { UserError } from './cli.ts';
import type { Kubernetes, ServicePort } from './kubernetes.ts';
import { MONITORING_NAMESPACE } from './names.ts';

/** The Prometheus of the monitoring stack. */
export const PROMETHEUS: ServicePort = {
  namespace: MONITORING_NAMESPACE,
  service: 'kube-prometheus-stack-prometheus',
  port: 9090,
};

/** One series at one moment. */
export interface Sample {
  labels: Record<string, string>;
  value: number;
}

/** One series over a time range. */
export interface Series {
  labels: Record<string, string>;
  points: { atMs: number; value: number }[];
}

export interface TimeRange {
  fromMs: number;
  toMs: number;
  stepSeconds: number;
}

export interface Target {
  /** `serviceMonitor/relay/relay-post/0`. */
  scrapePool: string;
  health: string;
  lastError: string;
  labels: Record<string, string>;
}

/** A rule as Prometheus has loaded it. */
export interface Rule {
  name: string;
  type: 'recording' | 'alerting';
  query: string;
  labels?: Record<string, string>;
  /** In seconds. */
  keepFiringFor?: number;
  /** `ok`, `err`, or `unknown` before its first evaluation. */
  health: string;
  lastError?: string;
  /** In seconds. */
  evaluationTime: number;
  /** Of an alert: `inactive`, `pending` or `firing`. */
  state?: string;
}

/** An alert of a rule, by its labels. */
export interface RuleAlert {
  labels: Record<string, string>;
  state: 'pending' | 'firing';
}

interface QueryOptions {
  /** Prometheus cancels a query that takes longer. */
  timeoutSeconds?: number;
}

/** Each method throws an Error with Prometheus' message if the request fails. */
export interface Prometheus {
  /** @param options.atMs default: now */
  query(promql: string, options?: QueryOptions & { atMs?: number }): Promise<Sample[]>;
  queryRange(promql: string, range: TimeRange, options?: QueryOptions): Promise<Series[]>;
  /** The trace ids of the exemplars of a query's series. */
  exemplars(promql: string, range: { from: Date; to: Date }): Promise<string[]>;
  labelValues(series: string, label: string): Promise<string[]>;
  activeTargets(): Promise<Target[]>;
  /** By group. */
  ruleGroups(): Promise<{ name: string; rules: Rule[] }[]>;
  alerts(): Promise<RuleAlert[]>;
}

/** GETs a path below `/api/v1`. */
type Get = <T>(path: string, parameters?: Readonly<Record<string, string>>) => Promise<Answer<T>>;

interface Answer<T> {
  data: T;
}

type Point = [seconds: number, value: string];

const TIMEOUT_MS = 30_000;

/**
 * The Prometheus at a URL, such as http://localhost:9090. Its methods throw a UserError if it does not
 * answer, or with its own message.
 */
export function prometheusAt(baseUrl: string): Prometheus {
  return createPrometheus(async <T>(path: string, parameters: Record<string, string> = {}) => {
    const query = new URLSearchParams(parameters).toString();
    const url = `${baseUrl}/api/v1/${path}${query && `?${query}`}`;
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { signal }).catch((cause: unknown) => {
      const message = `No Prometheus answers at ${baseUrl}. To forward it: npm run cluster:forward`;
      throw new UserError(message, { cause });
    });
    if (!response.ok)
      throw new UserError(`${parameters['query'] ?? path}\n${await response.text()}`);
    return (await response.json()) as Answer<T>;
  });
}

/** The Prometheus of a cluster's monitoring stack. */
export function prometheusIn({ getFromService }: Pick<Kubernetes, 'getFromService'>): Prometheus {
  return createPrometheus((path, parameters) =>
    getFromService(PROMETHEUS, `api/v1/${path}`, parameters),
  );
}

function createPrometheus(get: Get): Prometheus {
  return {
    async query(promql, { atMs, ...options } = {}) {
      const { data } = await get<{ result: { metric: Sample['labels']; value: Point }[] }>(
        'query',
        {
          query: promql,
          ...(atMs !== undefined && { time: seconds(atMs) }),
          ...timeout(options),
        },
      );
      return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
    async queryRange(promql, { fromMs, toMs, stepSeconds }, options = {}) {
      const range = { start: seconds(fromMs), end: seconds(toMs), step: String(stepSeconds) };
      const { data } = await get<{ result: { metric: Series['labels']; values: Point[] }[] }>(
        'query_range',
        { query: promql, ...range, ...timeout(options) },
      );
      return data.result.map(({ metric, values }) => ({
        labels: metric,
        points: values.map(([at, value]) => ({ atMs: at * 1000, value: Number(value) })),
      }));
    },
    async exemplars(promql, { from, to }) {
      const range = { start: from.toISOString(), end: to.toISOString() };
      const { data } = await get<{ exemplars: { labels: Record<string, string> }[] }[]>(
        'query_exemplars',
        { query: promql, ...range },
      );
      return data.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels['trace_id']!));
    },
    labelValues: async (series, label) =>
      (await get<string[]>(`label/${label}/values`, { 'match[]': series })).data,
    activeTargets: async () =>
      (await get<{ activeTargets: Target[] }>('targets', { state: 'active' })).data.activeTargets,
    ruleGroups: async () =>
      (await get<{ groups: { name: string; rules: Rule[] }[] }>('rules')).data.groups,
    alerts: async () => (await get<{ alerts: RuleAlert[] }>('alerts')).data.alerts,
  };
}

const seconds = (ms: number) => String(ms / 1000);

const timeout = ({ timeoutSeconds }: QueryOptions) =>
  timeoutSeconds === undefined ? {} : { timeout: `${timeoutSeconds}s` };
