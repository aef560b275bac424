import type { Metric, Registry, RegistryContentType } from 'prom-client';

interface Configuration {
  name: string;
  help: string;
  /** Upper bounds, ascending. */
  buckets: readonly number[];
  registry: Registry<RegistryContentType>;
}

interface Series {
  labels: Readonly<Record<string, string>>;
  /** Observations in each bucket, and above all of them. Not cumulative. */
  counts: number[];
  sum: number;
}

/** One line of the exposition. */
interface Sample {
  metricName: string;
  labels: Record<string, string | number>;
  value: number;
}

/**
 * A histogram that keeps its series as plain numbers between scrapes. An observation of prom-client's
 * own hashes the labels and turns a bound into text, which takes most of a microsecond, once for each
 * cached read. It has no exemplars.
 */
export function histogramTallies(
  configuration: Configuration,
): (labels: Readonly<Record<string, string>>) => (value: number) => void {
  const { name, help, buckets, registry } = configuration;
  const all: Series[] = [];
  const metric = {
    name,
    help,
    type: 'histogram',
    aggregator: 'sum',
    get: async () => ({ ...metric, values: all.flatMap((series) => samplesOf(series)) }),
    reset() {
      for (const series of all) clear(series);
    },
  };
  // The registry calls no more of a metric than this. Its type lists the classes of prom-client.
  registry.registerMetric(metric as unknown as Metric);

  function clear(series: Series): void {
    series.counts.fill(0);
    series.sum = 0;
  }

  function samplesOf({ labels, counts, sum }: Series): Sample[] {
    let count = 0;
    const bounded = [...buckets, '+Inf'].map((le, index) => {
      count += counts[index]!;
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count };
    });
    return [
      ...bounded,
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }

  return (labels) => {
    const series: Series = { labels, counts: Array<number>(buckets.length + 1).fill(0), sum: 0 };
    all.push(series);
    return (value) => {
      let bucket = 0;
      while (bucket < buckets.length && value > buckets[bucket]!) bucket += 1;
      series.counts[bucket]! += 1;
      series.sum += value;
    };
  };
}
