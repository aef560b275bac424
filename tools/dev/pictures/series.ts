import type { Series } from '../../kit/prometheus.ts';

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
 * Converts cumulative buckets, by their upper bound, to the number in each, for a heat map.
 *
 * @returns ordered by bound
 */
export function bucketsOf(series: readonly Series[]): Series[] {
  const ordered = series.toSorted((a, b) => bound(a) - bound(b));
  return ordered.map(({ labels, points }, index) => {
    const below = new Map(ordered[index - 1]?.points.map(({ atMs, value }) => [atMs, value]));
    return {
      labels,
      points: points.map(({ atMs, value }) => ({ atMs, value: value - (below.get(atMs) ?? 0) })),
    };
  });
}

const bound = ({ labels }: Series) => Number((labels['le'] ?? '').replace('+Inf', 'Infinity'));
