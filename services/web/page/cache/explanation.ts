import type { RequestRecord, Source } from '../api/request-log.ts';
import { lookOf } from './request-look.ts';

/** A store of the server. */
export type Stop = 'cache' | 'postgres';

interface Explanation {
  /** For a person who has never seen the words of a cache. */
  text: string;
  /** The stores that took part, in order; the last one has the answer. */
  way: readonly Stop[];
}

const READS: Readonly<Record<Source, Explanation>> = {
  HIT: {
    text: 'The cache had a copy. Postgres did no work.',
    way: ['cache'],
  },
  MISS: {
    text: 'The cache had no copy. Postgres answered, and the cache kept the answer.',
    way: ['cache', 'postgres'],
  },
  STALE: {
    text: 'Postgres did not answer. The cache gave a copy that is past its time.',
    way: ['postgres', 'cache'],
  },
  FALLBACK: {
    text: 'The cache is away. Postgres answers every read until it is back.',
    way: ['postgres'],
  },
  UNCACHED: {
    text: 'The cache keeps first pages only. Postgres answered this one.',
    way: ['postgres'],
  },
};

const WRITE: Explanation = {
  text: 'Postgres has the change, and the old copies are gone from the cache.',
  way: ['postgres', 'cache'],
};

/** A request with its explanation. */
export interface Explained extends Explanation {
  record: RequestRecord;
}

/** Explains a read or a successful write of posts; `undefined` for other requests. */
export function explain(record: RequestRecord): Explained | undefined {
  if (record.source) return { record, ...READS[record.source] };
  return lookOf(record) === 'write' ? { record, ...WRITE } : undefined;
}

/** Explains the last of the records that can be explained. */
export function explainLast(records: readonly RequestRecord[]): Explained | undefined {
  for (const record of records) {
    const explained = explain(record);
    if (explained) return explained;
  }
  return undefined;
}
