import type { Exemplar } from '@relay/cache/prometheus';
import { Histogram, type OpenMetricsContentType, type Registry } from 'prom-client';

/** The registry for metrics, and the source of their exemplars. */
export interface MetricsContext {
  registry: Registry<OpenMetricsContentType>;
  /** Returns the ids of the active trace. `undefined` while tracing is off. */
  exemplar: Exemplar | undefined;
}

interface LatencyOptions<Label extends string> {
  name: string;
  help: string;
  labelNames: readonly Label[];
  buckets: readonly number[];
}

/** Starts a series at 0 and returns its observe function. Call it once per series, not per measurement. */
export type Latency<Label extends string> = (
  labels: Record<Label, string>,
) => (seconds: number) => void;

const NO_EXEMPLAR = {};

/** Creates a histogram of seconds, with exemplars if tracing is on. */
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
