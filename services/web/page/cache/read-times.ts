import type { RequestRecord } from '../api/request-log.ts';

/** The median times of the page's reads on the server, by origin. `undefined` without a read. */
export interface ReadTimes {
  cacheMs: number | undefined;
  postgresMs: number | undefined;
}

/** Compares the reads that Redis answered with those that Postgres answered. */
export function readTimesOf(records: readonly RequestRecord[]): ReadTimes {
  const timesOf = (...sources: RequestRecord['source'][]) =>
    records.flatMap(({ source, serverMs }) =>
      source && serverMs !== undefined && sources.includes(source) ? [serverMs] : [],
    );
  return {
    cacheMs: median(timesOf('HIT')),
    postgresMs: median(timesOf('MISS', 'FALLBACK', 'UNCACHED')),
  };
}

function median(values: number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return undefined;
  return sorted.length % 2 === 1
    ? sorted[Math.floor(middle)]!
    : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Such as `0.42 ms`, `12 ms`, `1.2 s`. */
export function formatMs(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms >= 10) return `${Math.round(ms)} ms`;
  return `${ms.toFixed(ms >= 1 ? 1 : 2)} ms`;
}
