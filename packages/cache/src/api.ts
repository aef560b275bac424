import type { JsonOnly, Jsonified } from './codecs/jsonified.ts';
import type { CacheStoreError } from './errors.ts';
import type { CacheKey, KeyDefinition } from './keys/define-keys.ts';
import type { BreakerState, CacheListener, Outcome } from './observe/events.ts';
import type { CacheStats } from './observe/stats.ts';
import type { CacheTracing } from './observe/tracing.ts';
import type { Outbox, Transactor } from './protocol/outbox.ts';
import type { CacheStore, StoreInfo } from './protocol/store.ts';

/** A cache in front of a source of truth. `Tx` is the handle of the database's transactions. */
export interface Cache<Tx = never> {
  /**
   * The value under a key, from the store or else from its loader. A store that is away costs a
   * read one deadline, never the answer. The value has been through the key's codec whether it was
   * cached or not: with JSON, a `Date` is always a string.
   *
   * @throws the loader's error; CacheLoadTimeoutError; CacheOverloadedError while the store is away
   */
  get<Value>(key: CacheKey<Value>): Promise<Value>;

  /** `get` for many keys of one definition: one round trip, and one call of `loadMany` for the rest. */
  getMany<Template extends string, Value>(
    definition: KeyDefinition<Template, Value>,
    params: readonly Parameters<KeyDefinition<Template, Value>>[0][],
  ): Promise<Value[]>;

  /** `get` for bytes that are ready to be sent: on a hit they come from the store as they are. */
  getBytes(key: CacheKey): Promise<CacheRead>;

  /**
   * `get` with a loader of its own, for a key that need not be declared.
   *
   * @example
   * const post = await cache.cacheAside({
   *   key: `posts:id:${id}`,
   *   ttlSeconds: 300,
   *   load: () => db('posts').where({ id }).first().then((row) => row ?? null),
   * });
   */
  cacheAside<Value>(request: LoadRequest<Value> & JsonOnly<Value>): Promise<Jsonified<Value>>;

  /** `getBytes` with a loader of its own. */
  read(request: LoadRequest<Uint8Array | string>): Promise<CacheRead>;

  /** Loads the keys that are missing. For start-up; never rejects: failures are events. */
  warm(keys: readonly CacheKey[]): Promise<void>;

  /**
   * Runs a write in a database transaction and invalidates the entries that it changes, so that no read
   * after its acknowledgement is stale. See `docs/decisions/2026-11-25-cache-protocol.md`.
   *
   * A store that does not answer within its deadline is a fault: in `available` mode the write is
   * acknowledged, and reads may be stale until the outbox has invalidated, typically for a second. In
   * `strict` mode the invalidation is repeated for up to 2 s before the outcome counts as unknown.
   *
   * @param db the database itself, never the handle of an open transaction: the entries would be
   *   invalidated before that one commits
   * @param refs the keys and tags that the write changes, or a function of its result, called before the commit
   * @throws the error of `work`; nothing was committed
   * @throws CacheUsageError for an open transaction or for refs that `mutate` does not take; nothing
   *   was committed
   * @throws CacheWriteRefusedError in `strict` mode: the write was not made
   * @throws CacheOutcomeUnknownError: the write may have been made
   *
   * @example
   * await cache.mutate(knex, [keys.all(), keys.byId({ id })], (tx) => tx('posts').where({ id }).delete());
   */
  mutate<T>(
    db: Transactor<Tx>,
    refs: readonly Ref<T>[] | ((result: T) => readonly Ref<T>[]),
    work: (tx: Tx) => Promise<T>,
  ): Promise<T>;

  /**
   * Removes entries: keys, tags, or patterns (`*` for any characters). For changes that do not pass
   * through `mutate`; call it after they have committed. Never throws because the store is away:
   * the result is `applied` or `failed`.
   */
  invalidate(...refs: readonly Ref[]): Promise<Invalidation>;

  /** `invalidate` by raw key or pattern. */
  invalidateCache(...targets: readonly string[]): Promise<Invalidation>;

  /** Reads since the start, by outcome. Costs nothing. */
  stats(): CacheStats;

  /** Queries the store, under the operation deadline. Never throws. */
  health(): Promise<CacheHealth>;

  /** Adds a listener; the function it returns removes it. */
  on(listener: CacheListener): () => void;

  /**
   * Repeats failed invalidations once more, stops background work, and closes outbox, bus and store. Emits
   * `invalidations-lost` if some remain.
   */
  close(): Promise<void>;
}

export interface CacheOptions<Tx = never> {
  store: CacheStore;
  /** All keys: the result of `defineKeys`, or templates. Undeclared keys are shown as `other` in metrics. */
  keys: Readonly<Record<string, KeyDefinition>> | readonly string[];
  /** Every event goes to these: logs, metrics. */
  listeners?: readonly CacheListener[];
  tracing?: CacheTracing;
  /** Needed for `mutate`: `postgresOutbox` of `@relay/cache/outbox`. */
  outbox?: Outbox<Tx>;
  /** When `mutate` acknowledges a write that could not be fenced or invalidated: `available` always, `strict` never. */
  consistency?: 'available' | 'strict';
  /** Carries invalidations to the in-process tiers of other processes: for keys with `localTtlSeconds`. */
  bus?: InvalidationBus;
  /** Bytes of the in-process tier. Default 32 MiB. */
  localMaxBytes?: number;
  /** Time limit of all store operations of one read, or of one target of a write, together. Default 250 ms. */
  operationTimeoutMs?: number;
  /** The deadline of an invalidation by pattern, which walks all keys. Default 5,000 ms. */
  patternTimeoutMs?: number;
  /** A reader that dies while it loads holds others up for this long. Longer loads extend it. Default 2,000 ms. */
  leaseMs?: number;
  /** A writer must commit within this time of its fence. Default 10,000 ms. */
  fenceMs?: number;
  /** Failures in a row that open the breaker. Default 5. */
  failureThreshold?: number;
  /** Between two attempts to reach a lost store, and to repeat failed invalidations. Default 500 ms. */
  retryMs?: number;
  /** Failed invalidations that are kept one by one. Beyond it, one per template. Default 10,000. */
  maxPendingInvalidations?: number;
  /** Loads at a time while the store is away. Default 32. */
  originConcurrency?: number;
  /** Loads that wait for their turn then, at most; further ones reject. Default 1,000. */
  originQueue?: number;
}

/** A request with its own loader. Other options as for `key`. */
export interface LoadRequest<Value> {
  key: string | CacheKey<Value>;
  /** How long a loaded value stays at most; at least 0.001. Default: the key's. */
  ttlSeconds?: number;
  load: () => Promise<Value>;
}

export interface CacheRead {
  /** Shared with other readers: never write to it. */
  bytes: Buffer;
  outcome: Outcome;
}

/** The entries that a write changes, or an invalidation removes. */
export type Ref<Result = unknown> = CacheKey<any> | Tag | WriteThrough<Result> | string; // oxlint-disable-line typescript/no-explicit-any

/** All entries that carry a tag. */
export interface Tag {
  readonly tag: string;
}

/**
 * A key that gets its new value with the write, in place of a removal. For `mutate`, and for keys
 * without tags: with tags it is a CacheUsageError.
 *
 * The entry is removed instead if it could not be fenced before the work began, if another write
 * overlapped, or if the value is larger than `maxValueBytes`. So list it in an array: a function of the
 * result is called after the work, and its write-throughs only remove.
 */
export interface WriteThrough<Result> {
  readonly writeThrough: CacheKey<any>; // oxlint-disable-line typescript/no-explicit-any
  readonly value: (result: Result) => unknown;
}

export type Invalidation =
  | { status: 'applied'; removed: number }
  /** Entries may still be there. `retrying`: this process reads past them until it has repeated this. */
  | { status: 'failed'; error: CacheStoreError; retrying: boolean };

export interface CacheHealth {
  /** `up`: the store answers, and the breaker lets operations through. */
  status: 'up' | 'down';
  breaker: BreakerState;
  /** How long the store took to answer; `null` when it did not. */
  latencyMs: number | null;
  /** The store's report; `null` without an answer, or without the permission for the command. */
  store: StoreInfo | null;
  /** Why the store is down; `null` while it is up. */
  error: Error | null;
  stats: CacheStats;
  /**
   * Writes with an invalidation still to be applied, in all processes, and the age of the oldest, as
   * this process last saw them. `null` without an outbox, and before the first look.
   */
  outbox: { pending: number; lagMs: number } | null;
}

/** Publishes invalidations to other processes. Lossy: the tier notices gaps by sequence numbers. */
export interface InvalidationBus {
  /** Sends to all processes, this one included. Never rejects. */
  publish(message: string): void;
  /**
   * Receives everything, this process' own messages included. An empty message reports that earlier
   * ones may be lost: the subscription was made, or made again. Returns a function that stops it.
   */
  subscribe(listener: (message: string) => void): () => void;
  close(): Promise<void>;
}
