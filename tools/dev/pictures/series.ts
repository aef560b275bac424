import { z } from 'zod';

import { UsageError } from '../../kit/usage.ts';

/** One line of a chart: its labels, and a value for each step; `NaN` where there is none. */
export interface Series {
  labels: Record<string, string>;
  points: { atMs: number; value: number }[];
}

export interface TimeRange {
  fromMs: number;
  toMs: number;
  stepSeconds: number;
}

const Answer = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.number(), z.string()])),
      }),
    ),
  }),
});

/**
 * What a query gives over a time.
 *
 * @throws UsageError where no Prometheus answers, or it refuses the query
 */
export async function readSeries(
  prometheus: string,
  promql: string,
  { fromMs, toMs, stepSeconds }: TimeRange,
): Promise<Series[]> {
  const body = new URLSearchParams({
    query: promql,
    start: String(fromMs / 1000),
    end: String(toMs / 1000),
    step: String(stepSeconds),
  });
  const url = `${prometheus}/api/v1/query_range`;
  const response = await fetch(url, { method: 'POST', body }).catch((cause: unknown) => {
    throw new UsageError(
      `No Prometheus answers at ${prometheus}. npm run cluster:forward opens it`,
      { cause },
    );
  });
  if (!response.ok) throw new UsageError(`${promql}\n${await response.text()}`);
  const { data } = Answer.parse(await response.json());
  return data.result.map(({ metric, values }) => ({
    labels: metric,
    points: values.map(([seconds, value]) => ({ atMs: seconds * 1000, value: Number(value) })),
  }));
}

/** The name of a series, as Grafana makes it: `{{key}} of {{job}}`. */
export function legend(format: string | undefined, labels: Record<string, string>): string {
  if (format && format !== '__auto') {
    return format.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_all, name: string) => labels[name] ?? '');
  }
  const { __name__: name = '', ...rest } = labels;
  const pairs = Object.entries(rest).map(([key, value]) => `${key}="${value}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(', ')}}`;
}

/**
 * Cumulative buckets, by their upper bound, as the number in each: what a heat map shows.
 *
 * @returns ordered by bound
 */
export function bucketsOf(series: readonly Series[]): Series[] {
  const bound = ({ labels }: Series) => Number((labels['le'] ?? '').replace('+Inf', 'Infinity'));
  const ordered = series.toSorted((a, b) => bound(a) - bound(b));
  return ordered.map(({ labels, points }, index) => {
    const below = new Map(ordered[index - 1]?.points.map(({ atMs, value }) => [atMs, value]));
    return {
      labels,
      points: points.map(({ atMs, value }) => ({ atMs, value: value - (below.get(atMs) ?? 0) })),
    };
  });
}
