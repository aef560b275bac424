import { z } from 'zod';

import { grouped, percent, table } from './table.ts';

/** One series of an instant query's answer. */
export interface Sample {
  labels: Record<string, string>;
  value: number;
}

/** Asks Prometheus one question, for the end of the run. */
export type Ask = (promql: string) => Promise<Sample[]>;

export interface Figures {
  minutes: number;
  requests: number;
  keys: { key: string; hits: number; reads: number }[];
  queries: { what: string; count: number } | undefined;
  pods: { pod: string; memoryBytes: number; cores: number; peakCores: number }[];
}

interface Run {
  startedAtMs: number;
  endedAtMs: number;
  /** All that k6 sent. */
  requests: number;
}

const OURS = 'namespace="relay"';
const CONTAINERS = `${OURS},container!="",container!="POD"`;
const TIMEOUT_MS = 10_000;

/**
 * What Prometheus saw of the cluster while a run was under way.
 *
 * @example
 * formatFigures(await readFigures(prometheus('http://localhost:9090', endedAtMs), run));
 */
export async function readFigures(ask: Ask, run: Run): Promise<Figures> {
  const seconds = Math.round((run.endedAtMs - run.startedAtMs) / 1000);
  const over = `[${seconds}s]`;
  const byKey = (metric: string) => ask(`sum by (key) (increase(${metric}{${OURS}}${over}))`);
  const cpu = (window: string) =>
    `sum by (pod) (rate(container_cpu_usage_seconds_total{${CONTAINERS}}${window}))`;
  const [hits, misses, fallbacks, queries, memory, mean, peak] = await Promise.all([
    byKey('cache_hits_total'),
    byKey('cache_misses_total'),
    byKey('cache_fallbacks_total'),
    readQueries(ask, over),
    ask(`sum by (pod) (max_over_time(container_memory_working_set_bytes{${CONTAINERS}}${over}))`),
    ask(cpu(over)),
    ask(`max_over_time((${cpu('[1m]')})[${seconds}s:15s])`),
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

/** Statements where their extension is watched, else transactions, which is said. */
async function readQueries(ask: Ask, over: string): Promise<Figures['queries']> {
  const statements = await ask(
    `sum(increase(pg_stat_statements_calls_total{user=~"auth|post"}${over}))`,
  );
  if (statements[0]) return { what: 'queries', count: statements[0].value };
  const database = (metric: string) =>
    `increase(pg_stat_database_${metric}{datname="relay"}${over})`;
  const transactions = await ask(`sum(${database('xact_commit')} + ${database('xact_rollback')})`);
  return transactions[0] && { what: 'transactions', count: transactions[0].value };
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
    ['hit rate', percent(hits / reads)],
    [
      `Postgres ${queries?.what ?? 'queries'} per 1,000 requests`,
      queries ? ((queries.count / requests) * 1000).toFixed(0) : 'not known',
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
    table([`the cluster over ${minutes.toFixed(1)} minutes`, ''], figures),
    '',
    table(['key', 'reads', 'hit rate'], keyRows),
    '',
    table(['pod', 'memory, most, MiB', 'CPU cores, mean', 'CPU cores, most'], podRows),
  ].join('\n');
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

const answerSchema = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.coerce.number()]),
      }),
    ),
  }),
});

/** Asks a Prometheus by HTTP. */
export function prometheus(baseUrl: string, atMs: number): Ask {
  return async (query) => {
    const time = String(atMs / 1000);
    const response = await fetch(`${baseUrl}/api/v1/query`, {
      method: 'POST',
      body: new URLSearchParams({ query, time }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    const { data } = answerSchema.parse(await response.json());
    return data.result.map(({ metric, value }) => ({ labels: metric, value: value[1] }));
  };
}
