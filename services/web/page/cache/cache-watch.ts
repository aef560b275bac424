import { signal, type ReadonlySignal } from '@preact/signals';

import type { CacheApi, CacheStatus } from '../api/cache-api.ts';

/** The counters of all processes that answered lately, added up. */
export interface CacheTotals {
  store: CacheStatus['store'];
  /** Of the last process that answered. */
  state: CacheStatus['state'];
  /** The number of processes. */
  processes: number;
  /** Hits and misses, without stale reads and fallbacks. */
  lookups: number;
  /** The part of the lookups that are hits, as on the dashboards; `undefined` before the first. */
  hitRatio: number | undefined;
  readsSaved: number;
  /** Every process sees the same outbox. `undefined` until it is counted. */
  outbox: { rows: number; oldestSeconds: number } | undefined;
}

/** A time without the cache, in milliseconds since the epoch. */
export interface Outage {
  fromMs: number;
  /** `undefined` while it lasts. */
  toMs: number | undefined;
}

export interface CacheWatch {
  /** `undefined` before the first response. */
  totals: ReadonlySignal<CacheTotals | undefined>;
  outages: ReadonlySignal<readonly Outage[]>;
  /** Reads the status once. Ignores errors: the next look may succeed. */
  look(): Promise<void>;
}

interface WatchOptions {
  api: Pick<CacheApi, 'status'>;
  now?: () => number;
}

/** A process that has not answered for so long has ended, such as in a rollout. */
const GONE_MS = 60_000;
const MAX_OUTAGES = 5;

/** Follows the state of the cache. In a cluster, requests reach one process after another. */
export function createCacheWatch({ api, now = Date.now }: WatchOptions): CacheWatch {
  const totals = signal<CacheTotals>();
  const outages = signal<readonly Outage[]>([]);
  const processes = new Map<string, { status: CacheStatus; atMs: number }>();

  function follow(state: CacheStatus['state'], atMs: number): void {
    const [current, ...earlier] = outages.peek();
    const isOpen = current !== undefined && current.toMs === undefined;
    if (state === 'away' && !isOpen) {
      outages.value = [{ fromMs: atMs, toMs: undefined }, ...outages.peek()].slice(0, MAX_OUTAGES);
    } else if (state === 'up' && isOpen) {
      outages.value = [{ ...current, toMs: atMs }, ...earlier];
    }
  }

  return {
    totals,
    outages,
    async look() {
      const status = await api.status().catch(() => undefined);
      if (!status) return;
      const atMs = now();
      processes.set(status.process, { status, atMs });
      for (const [id, { atMs: seenMs }] of processes) {
        if (atMs - seenMs > GONE_MS) processes.delete(id);
      }
      totals.value = totalsOf(
        [...processes.values()].map((one) => one.status),
        status,
      );
      follow(status.state, atMs);
    },
  };
}

function totalsOf(all: readonly CacheStatus[], latest: CacheStatus): CacheTotals {
  const sum = (pick: (status: CacheStatus) => number) =>
    all.reduce((total, status) => total + pick(status), 0);
  const hits = sum((status) => status.hits);
  const lookups = hits + sum(({ misses }) => misses);
  return {
    store: latest.store,
    state: latest.state,
    processes: all.length,
    lookups,
    hitRatio: lookups === 0 ? undefined : hits / lookups,
    readsSaved: sum(({ readsSaved }) => readsSaved),
    outbox: latest.outbox ?? undefined,
  };
}
