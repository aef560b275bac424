import { signal, type ReadonlySignal } from '@preact/signals';

/** The source of a read, from `X-Cache`. */
export type Source = 'HIT' | 'MISS' | 'STALE' | 'FALLBACK' | 'UNCACHED';

const SOURCES: ReadonlySet<string> = new Set<Source>([
  'HIT',
  'MISS',
  'STALE',
  'FALLBACK',
  'UNCACHED',
]);

/** A finished request of this page. */
export interface RequestRecord {
  /** Counts up. */
  id: number;
  /** The end, in milliseconds since the epoch. */
  atMs: number;
  method: string;
  path: string;
  /** `undefined` without a response. */
  status: number | undefined;
  /** `undefined` for writes, and for reads that pass by the cache. */
  source: Source | undefined;
  /** The time of the read on the server, from `Server-Timing`. */
  serverMs: number | undefined;
  /** From the request to its whole response, as the browser sees it. */
  totalMs: number;
}

export interface RequestLog {
  /** The latest first. */
  records: ReadonlySignal<readonly RequestRecord[]>;
  add(record: Omit<RequestRecord, 'id'>): void;
}

const MAX_RECORDS = 200;

/** Keeps the last requests, for the cache panel. */
export function createRequestLog(): RequestLog {
  const records = signal<readonly RequestRecord[]>([]);
  let lastId = 0;
  return {
    records,
    add(record) {
      lastId += 1;
      records.value = [{ ...record, id: lastId }, ...records.value].slice(0, MAX_RECORDS);
    },
  };
}

/** The source and the server's time of a response, where it has them. */
export function cacheHeadersOf(headers: Headers): Pick<RequestRecord, 'source' | 'serverMs'> {
  const source = headers.get('X-Cache') ?? '';
  const duration = /\bcache;(?:[^,]*;)?dur=([\d.]+)/.exec(headers.get('Server-Timing') ?? '')?.[1];
  return {
    source: SOURCES.has(source) ? (source as Source) : undefined,
    serverMs: duration === undefined ? undefined : Number(duration),
  };
}
