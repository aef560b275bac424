import { Registry, type OpenMetricsContentType } from 'prom-client';

/** What answers a scrape. */
interface Exposition {
  type: string;
  text: string;
}

/**
 * The metrics in the format that a scraper asked for: OpenMetrics, which alone has exemplars, if its
 * `Accept` names it, and else the older text format, as for a person with curl.
 *
 * prom-client can hold exemplars only in a registry that speaks OpenMetrics, and one that has
 * spoken it forgets the `_total` of its counters. So the older format is made from the newer.
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
