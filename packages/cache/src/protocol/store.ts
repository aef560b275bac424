/** What `lease` found: the value that arrived meanwhile, or the token under which to fill. */
export type LeaseResult = { bytes: Buffer } | { token: string };

/** What a store says of itself. A limit that is not set is `null`. */
export interface StoreInfo {
  keyCount: number;
  usedMemoryBytes: number;
  maxMemoryBytes: number | null;
}

/**
 * Where entries live. Two implementations, Redis and in-process, pass one contract suite
 * (`store-contract.ts`).
 *
 * A fill needs a **lease**, after Nishtala et al., *Scaling Memcache at Facebook* (NSDI 2013),
 * section 3.2.1: a reader that misses takes a token before it loads, and its value is stored only
 * while the key still holds that token. A delete takes the token away, so a slow reader can never
 * write back what a writer has just removed, however late its command arrives.
 *
 * Every method rejects when the store cannot be reached; none retries or waits for a connection.
 * `lease`, `fill` and `delete` reject with a `CacheUsageError` for a key that `assertKey` refuses.
 */
export interface CacheStore {
  /** The entry's bytes, or `undefined` when there is none. */
  get(key: string): Promise<Buffer | undefined>;

  /**
   * Takes the right to fill a missing key, or joins the lease that another reader holds. Atomic
   * with the check for a value: of a thousand readers that missed, each gets the one token or the
   * value that was stored under it.
   */
  lease(key: string, token: string, leaseMs: number): Promise<LeaseResult>;

  /** Stores bytes for `ttlMs` if the key still holds `token`. False says that it does not. */
  fill(key: string, token: string, bytes: Uint8Array, ttlMs: number): Promise<boolean>;

  /** Removes the entry and its lease. True says that there was an entry. */
  delete(key: string): Promise<boolean>;

  /**
   * Removes every entry and lease whose key matches `pattern`, in which `*` stands for any
   * characters and everything else for itself. Resolves with the number of entries removed. Walks
   * no further, and rejects, once `signal` is aborted.
   */
  deleteMatching(pattern: string, signal?: AbortSignal): Promise<number>;

  /** Resolves when the store answers. */
  ping(): Promise<void>;

  info(): Promise<StoreInfo>;

  /** Ends what the store itself opened. A client that was handed in stays open. */
  close(): Promise<void>;
}
