import { parseMetrics, sumOf } from '../tools/kit/metrics-text.ts';

/**
 * How often a process has loaded `posts:all`, from its metrics. Readers that share a load are answered
 * `X-Cache: MISS` too, so their number is not that of the loads.
 */
export function loadsOf(metrics: string): number | undefined {
  return sumOf(parseMetrics(metrics), 'cache_load_duration_seconds_count', { key: 'posts:all' });
}
