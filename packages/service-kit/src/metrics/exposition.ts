import { Registry, type OpenMetricsContentType } from 'prom-client';

/** The response to a scrape. */
interface Exposition {
  type: string;
  text: string;
}

/**
 * Serializes the metrics in the requested format: OpenMetrics, which includes exemplars, if `Accept` names it,
 * else the Prometheus text format.
 *
 * prom-client supports exemplars in OpenMetrics registries only, and such a registry drops the suffix
 * `_total` in the text format. So the text format is derived from OpenMetrics.
 */
export async function expose(
  registry: Registry<OpenMetricsContentType>,
  accept: string,
): Promise<Exposition> {
  const text = await registry.metrics();
  if (accept.includes('application/openmetrics-text')) return { type: registry.contentType, text };
  return { type: Registry.PROMETHEUS_CONTENT_TYPE, text: toClassic(text) };
}

const COUNTER_HEAD = /^# HELP (\S+) (.*)\n# TYPE \1 counter$/gm;
const WITH_EXEMPLAR = /^(\w+_bucket\{.*\} \S+) # \{[^{}]*\} \S+ \S+$/gm;
const END = /# EOF\n$/;

function toClassic(openMetrics: string): string {
  return openMetrics
    .replace(COUNTER_HEAD, '# HELP $1_total $2\n# TYPE $1_total counter')
    .replace(WITH_EXEMPLAR, '$1')
    .replace(END, '');
}
