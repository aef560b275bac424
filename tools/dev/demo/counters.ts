/** Reads of one key's template since Relay's start. */
export interface KeyCounters {
  hits: number;
  misses: number;
}

export type Counters = ReadonlyMap<string, KeyCounters>;

const SAMPLE = /^cache_(hits|misses)_total\{(?:.*,)?key="([^"]+)".*\} (\d+)/gm;
const TIMEOUT_MS = 2000;

/** The cache's counters of the admin port; `undefined` when that cannot be reached. */
export async function readCounters(adminUrl: string): Promise<Counters | undefined> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const text = await fetch(`${adminUrl}/metrics`, { signal })
    .then((response) => (response.ok ? response.text() : undefined))
    .catch(() => undefined);
  return text === undefined ? undefined : parseCounters(text);
}

/** Reads the Prometheus text format as far as the two counters need it. */
export function parseCounters(text: string): Counters {
  const counters = new Map<string, KeyCounters>();
  for (const [, kind, key, value] of text.matchAll(SAMPLE)) {
    const found = counters.get(key!) ?? { hits: 0, misses: 0 };
    counters.set(key!, { ...found, [kind!]: Number(value) });
  }
  return counters;
}
