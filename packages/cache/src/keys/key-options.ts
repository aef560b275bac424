import type { Codec } from '../codecs/codec.ts';

/** How entries under one template are loaded and kept. Every time is in the unit of its name. */
// oxlint-disable-next-line typescript/no-explicit-any -- by default, any parameters
export interface KeyOptions<P = any, Value = unknown> {
  /** How long a value stays at most. Default 300. */
  ttlSeconds?: number;
  /** The same for `null`, the value of an absent entity. Default: `ttlSeconds`. */
  negativeTtlSeconds?: number;
  /** Shortens each entry's life by up to this share at random, so that entries do not expire together. Default 0.05. */
  jitter?: number;
  /** For this long after its time, an entry is returned at once while it is loaded again (RFC 5861). Default 0. */
  staleWhileRevalidateSeconds?: number;
  /** For this long after its time, an entry is returned if loading it again fails (RFC 5861). Default 0. */
  staleIfErrorSeconds?: number;
  /**
   * Loads popular entries again shortly before they expire: the beta of XFetch (Vattani et al.,
   * *Optimal Probabilistic Cache Stampede Prevention*, VLDB 2015). 1 suits most, 0 turns it off. Default 0.
   */
  refreshAhead?: number;
  /**
   * Change it when values change their form: entries of other versions are misses. Letters, digits,
   * `.`, `_` and `-`. Default `'1'`.
   */
  version?: string;
  /** Default: JSON. */
  codec?: Codec<Value>;
  /** Values of at least this size are compressed in the store. Default: none. */
  compressAboveBytes?: number;
  /** Larger values are returned and not stored. Default 1 MiB. */
  maxValueBytes?: number;
  /** Groups that are invalidated together, in O(1). */
  tags?: readonly string[] | ((params: P) => readonly string[]);
  /** A load that takes longer rejects with `CacheLoadTimeoutError`. Default 10,000. */
  loadTimeoutMs?: number;
  /** How long a reader waits for another process' load before it loads by itself. Default 2,000. */
  waitMs?: number;
  /** Also keep entries in this process, for at most so long. Outside the promise on stale reads: see the README. */
  localTtlSeconds?: number;
  /** Reads the source of truth. `null` is a value, and means absent. */
  load?: (params: P, context: LoadContext) => Promise<Value>;
  /** Reads many at once: one value for each element, in order. For `getMany`. */
  loadMany?: (params: readonly P[], context: LoadContext) => Promise<readonly Value[]>;
}

export interface LoadContext {
  /** Aborted when the load runs into its deadline. */
  signal: AbortSignal;
}
