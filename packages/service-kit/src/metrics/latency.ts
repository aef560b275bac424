import type { Exemplar } from '@relay/cache/prometheus';
import { Histogram, type OpenMetricsContentType, type Registry } from 'prom-client';

/** Where metrics are registered. */
export interface MetricsContext {
  registry: Registry<OpenMetricsContentType>;
  /** The ids of the running trace; undefined while nothing is traced. */
  exemplar: Exemplar | undefined;
}

interface LatencyOptions<Label extends string> {
  name: string;
  help: string;
  labelNames: readonly Label[];
  buckets: readonly number[];
}

/** Makes what observes one series, which is there at 0 from now on. Make it once, not per call. */
export type Latency<Label extends string> = (
  labels: Record<Label, string>,
) => (seconds: number) => void;

const NO_EXEMPLAR = {};

/** A histogram of seconds, with exemplars where there are traces. */
export function createLatency<Label extends string>(
  { registry, exemplar }: MetricsContext,
  { name, help, labelNames, buckets }: LatencyOptions<Label>,
): Latency<Label> {
  const histogram = new Histogram<Label>({
    name,
    help,
    labelNames,
    buckets: [...buckets],
    registers: [registry],
    enableExemplars: exemplar !== undefined,
  });
  return (labels) => {
    histogram.zero(labels);
    if (!exemplar) return histogram.labels(labels).observe;
    return (seconds) =>
      histogram.observe({ labels, value: seconds, exemplarLabels: exemplar() ?? NO_EXEMPLAR });
  };
}
