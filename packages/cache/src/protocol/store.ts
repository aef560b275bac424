/**
 * The contract between the cache and the place where entries live. Two implementations, Redis and
 * in-process, pass one contract suite (`testing/store-contract.ts`). The protocol is described, with
 * a proof sketch, in `docs/decisions/2026-11-25-cache-protocol.md`.
 *
 * Beside each entry lives one bookkeeping record. It is, in turn, absent, a **lease** (a reader is
 * loading), a **stamp** (a value is stored) or a set of **fences** (writers are committing). A value
 * counts only with its stamp, so removing the record invalidates the entry, even with loads still under
 * way.
 *
 * Every method rejects when the store cannot be reached; none retries. Only the first call waits for
 * a connection. `CacheUsageError` means a key that no store takes.
 */
export interface CacheStore {
  /**
   * Reads entries, all in one round trip where the store can. The result has one element for each
   * address, in order: `undefined` for a missing, expired, invalidated or damaged entry.
   */
  read(addresses: readonly EntryAddress[]): Promise<(Entry | undefined)[]>;

  /**
   * Takes the right to fill a missing entry, or reports why not. Atomic with the check for a value:
   * of a thousand readers that missed, one gets the lease.
   *
   * @param token random and never reused
   */
  lease(address: EntryAddress, token: string, leaseMs: number): Promise<LeaseResult>;

  /** Prolongs a lease to `leaseMs` from now. False: the lease is gone, and a fill would be refused. */
  extend(address: EntryAddress, lease: Lease, leaseMs: number): Promise<boolean>;

  /** Gives a lease back without a value, so that the next reader may load at once. */
  release(address: EntryAddress, lease: Lease): Promise<void>;

  /** Stores a value if its lease is still there. False: it is not, and nothing was stored. */
  fill(address: EntryAddress, lease: Lease, value: NewValue): Promise<boolean>;

  /**
   * Takes the right to replace a present entry before it expires: one reader at a time gets it.
   * `undefined`: another reader has it, or the entry no longer has this stamp.
   */
  leaseRefresh(
    address: EntryAddress,
    stamp: string,
    token: string,
    leaseMs: number,
  ): Promise<Lease | undefined>;

  /** Removes the entry if it still has this stamp: its bytes could not be decoded. */
  discard(address: EntryAddress, stamp: string): Promise<void>;

  /**
   * Removes the entry and its lease, and refuses new leases until every fence is lifted or has
   * expired. For a tag: does so for all entries that carry it, in O(1).
   *
   * @param fenceId one per write, never reused
   */
  fence(target: Target, fenceId: string, fenceMs: number): Promise<void>;

  /**
   * Removes the entry and its lease, and lifts one fence; those of other writers stay. With `value`,
   * stores it instead if no other fence existed beside this one at any time (write-through).
   * Idempotent: a fence that is gone already makes no difference to the removal.
   */
  lift(target: Target, fenceId: string, value?: NewValue): Promise<Removal>;

  /** Removes the entry and its lease. Fences stay. */
  invalidate(target: Target): Promise<Removal>;

  /**
   * Removes every entry and lease with a key that matches `pattern`, in which `*` stands for any
   * characters and everything else for itself. Resolves with the number of entries removed. Stops, and
   * rejects, once `signal` is aborted.
   */
  invalidateMatching(pattern: string, signal?: AbortSignal): Promise<number>;

  /** Resolves when the store answers and would take writes. */
  ping(): Promise<void>;

  info(): Promise<StoreInfo>;

  /** This process's estimate of the store's clock, in milliseconds since 1970. */
  now(): number;

  /**
   * Calls the listener each time the store turns out to be another than before: restarted, failed
   * over, restored. Entries of the earlier one are misses from then on. Returns a function that
   * removes the listener.
   */
  onReplaced(listener: () => void): () => void;

  /** Closes the connections that the store itself opened. A client that was passed in stays open. */
  close(): Promise<void>;
}

/** An entry's key and tags, and whether it keeps a grace copy. */
export interface EntryAddress {
  key: string;
  /** The entry is valid only while none of these tags has been invalidated since it was loaded. */
  tags?: readonly string[];
  /** A copy is kept past the entry's time; `lease` returns it. */
  grace?: boolean;
}

export interface Entry {
  bytes: Buffer;
  /** The entry's record, unique to it; `protocol/stamp.ts` reads it. */
  stamp: string;
}

/** The right to store one value. Opaque to the cache, except `token`. */
export interface Lease {
  token: string;
  /** The required content of the bookkeeping record when the value arrives. */
  record: string;
  /** The incarnation of the store that granted it: no other takes the value. */
  generation: string;
  /** The tags' epochs before the load began, in the order of the address' tags. */
  epochs: readonly string[];
}

export type LeaseResult =
  /** A value arrived meanwhile. */
  | { state: 'entry'; entry: Entry }
  /** Load, then `fill` or `release`. */
  | { state: 'granted'; lease: Lease; grace?: Entry }
  /**
   * Another reader holds the lease with this token, granted after every write that this caller has
   * seen. `epochs`: only if those of the lease, in the holder's process, are these.
   */
  | { state: 'held'; token: string; epochs?: readonly string[]; grace?: Entry }
  /** A write is under way: load, and store nothing. */
  | { state: 'fenced' };

export interface NewValue {
  bytes: Uint8Array;
  ttlMs: number;
  /** How much longer a copy is kept for `lease` to return. 0: none. */
  graceMs: number;
  /** How long the load took, for refresh-ahead. */
  loadMs: number;
  /** The codec's version and encoding, compared when the entry is read. No colon in it. */
  codec: string;
}

/** The target of an invalidation: one entry, or all that carry a tag. */
export type Target = { kind: 'key'; key: string } | { kind: 'tag'; tag: string };

export interface Removal {
  /** An entry was there. Always false for a tag: its entries are not counted. */
  removed: boolean;
  /** The value that came with `lift` was stored. */
  stored: boolean;
}

/** A store's report about itself. A limit that is not set is `null`. */
export interface StoreInfo {
  keyCount: number;
  usedMemoryBytes: number;
  maxMemoryBytes: number | null;
}
