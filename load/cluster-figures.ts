import type { Prometheus, Sample } from '../tools/kit/prometheus.ts';
import { grouped, markdownTable, percent } from '../tools/kit/table.ts';

/** Evaluates a query at the end of the run. */
type Query = (promql: string) => Promise<Sample[]>;

export interface Figures {
  minutes: number;
  requests: number;
  keys: { key: string; hits: number; reads: number }[];
  /** Of Postgres. `unit` is `transactions` if Prometheus does not count statements. */
  queries: { unit: 'queries' | 'transactions'; count: number } | undefined;
  pods: { pod: string; memoryBytes: number; cores: number; peakCores: number }[];
}

interface Run {
  startedAtMs: number;
  endedAtMs: number;
  /** Sent by k6. */
  requests: number;
}

const OURS = 'namespace="relay"';
const CONTAINERS = `${OURS},container!="",container!="POD"`;

/**
 * The cluster's metrics over the time of a run.
 *
 * @example
 * formatFigures(await readFigures(prometheusAt('http://localhost:9090'), run));
 */
export async function readFigures(
  prometheus: Pick<Prometheus, 'query'>,
  run: Run,
): Promise<Figures> {
  const query: Query = (promql) => prometheus.query(promql, { atMs: run.endedAtMs });
  const seconds = Math.round((run.endedAtMs - run.startedAtMs) / 1000);
  const over = `[${seconds}s]`;
  const byKey = (metric: string) => query(`sum by (key) (increase(${metric}{${OURS}}${over}))`);
  const cpu = (window: string) =>
    `sum by (pod) (rate(container_cpu_usage_seconds_total{${CONTAINERS}}${window}))`;
  const [hits, misses, fallbacks, queries, memory, mean, peak] = await Promise.all([
    byKey('cache_hits_total'),
    byKey('cache_misses_total'),
    byKey('cache_fallbacks_total'),
    readQueries(query, over),
    query(`sum by (pod) (max_over_time(container_memory_working_set_bytes{${CONTAINERS}}${over}))`),
    query(cpu(over)),
    query(`max_over_time((${cpu('[1m]')})[${seconds}s:15s])`),
  ]);
  const keys = hits.map(({ labels: { key = '' }, value }) => {
    const others = valueOf(misses, { key }) + valueOf(fallbacks, { key });
    return { key, hits: value, reads: value + others };
  });
  const pods = memory.map(({ labels: { pod = '' }, value }) => ({
    pod,
    memoryBytes: value,
    cores: valueOf(mean, { pod }),
    peakCores: valueOf(peak, { pod }),
  }));
  return { minutes: seconds / 60, requests: run.requests, keys, queries, pods };
}

/** Statements if their exporter counts them, otherwise transactions. */
async function readQueries(query: Query, over: string): Promise<Figures['queries']> {
  const statements = await query(
    `sum(increase(pg_stat_statements_calls_total{user=~"auth|post"}${over}))`,
  );
  if (statements[0]) return { unit: 'queries', count: statements[0].value };
  const database = (metric: string) =>
    `increase(pg_stat_database_${metric}{datname="relay"}${over})`;
  const transactions = await query(
    `sum(${database('xact_commit')} + ${database('xact_rollback')})`,
  );
  return transactions[0] && { unit: 'transactions', count: transactions[0].value };
}

function valueOf(samples: Sample[], wanted: Record<string, string>): number {
  const matches = ({ labels }: Sample) =>
    Object.entries(wanted).every(([name, value]) => labels[name] === value);
  return samples.find(matches)?.value ?? 0;
}

/** The figures as Markdown, ready for the docs. */
export function formatFigures({ minutes, requests, keys, queries, pods }: Figures): string {
  const hits = sum(keys.map((key) => key.hits));
  const reads = sum(keys.map((key) => key.reads));
  const figures = [
    ['requests', grouped(requests)],
    ['hit ratio', percent(hits / reads)],
    [
      `Postgres ${queries?.unit ?? 'queries'} per 1,000 requests`,
      queries ? ((queries.count / requests) * 1000).toFixed(0) : 'unknown',
    ],
  ];
  const keyRows = keys
    .filter((key) => key.reads > 0)
    .map((key) => [key.key, grouped(key.reads), percent(key.hits / key.reads)]);
  const podRows = pods
    .toSorted((a, b) => a.pod.localeCompare(b.pod))
    .map(({ pod, memoryBytes, cores, peakCores }) => [
      pod,
      grouped(memoryBytes / 2 ** 20),
      cores.toFixed(2),
      peakCores.toFixed(2),
    ]);
  return [
    '',
    markdownTable([`the cluster over ${minutes.toFixed(1)} minutes`, ''], figures),
    '',
    markdownTable(['key', 'reads', 'hit ratio'], keyRows),
    '',
    markdownTable(['pod', 'memory, most, MiB', 'CPU cores, mean', 'CPU cores, most'], podRows),
  ].join('\n');
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
