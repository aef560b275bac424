import type { RequestRecord, Source } from '../api/request-log.ts';

/** A store of the server. */
export type Stop = 'redis' | 'postgres';

interface Explanation {
  /** For a person who has never seen the words of a cache. */
  text: string;
  /** The stores that took part, in order; the last one has the answer. */
  way: readonly Stop[];
}

const READS: Readonly<Record<Source, Explanation>> = {
  HIT: {
    text: 'The cache had a copy. Postgres did no work.',
    way: ['redis'],
  },
  MISS: {
    text: 'The cache had no copy. Postgres answered, and the cache kept the answer.',
    way: ['redis', 'postgres'],
  },
  STALE: {
    text: 'Postgres did not answer. The cache gave a copy that is past its time.',
    way: ['postgres', 'redis'],
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
  way: ['postgres', 'redis'],
};

/** Explains a read or a successful write of posts; `undefined` for other requests. */
export function explain({
  source,
  method,
  path,
  status = 0,
}: RequestRecord): Explanation | undefined {
  if (source) return READS[source];
  const isWrite =
    method !== 'GET' && path.startsWith('/api/posts') && status >= 200 && status < 300;
  return isWrite ? WRITE : undefined;
}
