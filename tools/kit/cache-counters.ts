import { parseMetrics } from './metrics-text.ts';

/** Reads of one key's template since the start of the process. */
export interface KeyCounters {
  hits: number;
  misses: number;
}

/** By key, such as `posts:all`. */
export type CacheCounters = ReadonlyMap<string, KeyCounters>;

/** The counters in the metrics of an admin port. */
export function parseCacheCounters(metrics: string): CacheCounters {
  const counters = new Map<string, KeyCounters>();
  for (const { name, labels, value } of parseMetrics(metrics)) {
    const kind = /^cache_(hits|misses)_total$/.exec(name)?.[1];
    const { key } = labels;
    if (!kind || key === undefined) continue;
    counters.set(key, { hits: 0, misses: 0, ...counters.get(key), [kind]: value });
  }
  return counters;
}
