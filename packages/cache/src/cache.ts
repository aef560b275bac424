import { encodeJson } from './codecs/json.ts';
import { createInvalidator, type Invalidation } from './invalidate/invalidator.ts';
import { templateFinder } from './keys/keys.ts';
import { createEvents, type BreakerState, type CacheListener } from './observe/events.ts';
import { createStats, type CacheStats } from './observe/stats.ts';
import type { CacheTracing } from './observe/tracing.ts';
import type { CacheStore, StoreInfo } from './protocol/store.ts';
import { createReader, type CacheRead, type ReadRequest } from './read/reader.ts';
import { createGate } from './resilience/circuit-breaker.ts';
import { withDeadline } from './resilience/deadline.ts';

export interface CacheOptions {
  store: CacheStore;
  /**
   * The templates of all keys, such as `posts:user:{userId}`. They are what metrics and spans
   * show; a key that fits none is shown as `other`.
   */
  keys: readonly string[];
  /** Hear everything the cache does: logs, metrics. */
  listeners?: readonly CacheListener[];
  tracing?: CacheTracing;
  /** The deadline of one store operation, queueing included. Default 250 ms. */
  operationTimeoutMs?: number;
  /** The deadline of an invalidation by pattern, which walks all keys. Default 5,000 ms. */
  patternTimeoutMs?: number;
  /** A load that takes longer than this is served and not stored. Default 10,000 ms. */
  leaseMs?: number;
  /** Failures in a row after which reads go past the store. Default 5. */
  failureThreshold?: number;
  /** Between two attempts to find a lost store again. Default 500 ms. */
  retryMs?: number;
  /**
   * Failed invalidations that are kept one by one to be repeated. Beyond it the keys of a template
   * are kept as one pattern. Default 10,000.
   */
  maxPendingInvalidations?: number;
}

export interface CacheHealth {
  /** `up`: the store answers. */
  status: 'up' | 'down';
  breaker: BreakerState;
  /** How long the store took to answer; `null` when it did not. */
  latencyMs: number | null;
  /** What the store says of itself; `null` when it did not answer. */
  store: StoreInfo | null;
  stats: CacheStats;
}

export interface JsonReadRequest<T> extends Omit<ReadRequest, 'load'> {
  /** Reads the source of truth. Its value must survive JSON; `null` is a value and is cached. */
  load: () => Promise<T>;
}

export interface Cache {
  /**
   * The value under a key, from the store or else from `load`, which is then stored for
   * `ttlSeconds`. A store that is away or slow costs a read a deadline, never the answer. What
   * comes back has been through JSON whether it was cached or not, so a `Date` is always a string.
   *
   * @throws what `load` throws
   * @throws CacheUsageError when `load` resolves with something JSON cannot say (`undefined`), for
   *   a `ttlSeconds` out of range, and for a key with a `}` outside a hash tag
   *
   * @example
   * const post = await cache.cacheAside({
   *   key: `posts:id:${id}`,
   *   ttlSeconds: 300,
   *   load: () => db('posts').where({ id }).first().then((row) => row ?? null),
   * });
   */
  cacheAside<T>(request: JsonReadRequest<T>): Promise<T>;

  /**
   * `cacheAside` for bytes that are ready to be sent: on a hit they come from the store as they
   * are. `outcome` says where they came from.
   */
  read(request: ReadRequest): Promise<CacheRead>;

  /**
   * Removes entries by key or by pattern (`*` for any characters). Call it after the write has
   * committed. A store that is away does not make it throw: the result says `applied` or `failed`.
   *
   * @throws CacheUsageError for a key with a `}` outside a hash tag, which `cacheAside` refuses too
   *
   * @example
   * await cache.invalidateCache('posts:*');
   * await cache.invalidateCache('posts:all', `posts:id:${id}`);
   */
  invalidateCache(...targets: string[]): Promise<Invalidation>;

  /** Reads since the start, by outcome. Costs nothing. */
  stats(): CacheStats;

  /** Asks the store, under the operation deadline. Never throws. */
  health(): Promise<CacheHealth>;

  /** Adds a listener; the function it returns takes it away. */
  on(listener: CacheListener): () => void;

  /** Stops background work and closes the store. */
  close(): Promise<void>;
}

/** Puts a cache in front of anything that can be loaded. */
export function createCache(options: CacheOptions): Cache {
  const { store, tracing, operationTimeoutMs: timeoutMs = 250 } = options;
  const stats = createStats();
  const events = createEvents([stats.listener, ...(options.listeners ?? [])]);
  const templateOf = templateFinder(options.keys);
  const gate = createGate({
    store,
    events,
    timeoutMs,
    failureThreshold: options.failureThreshold ?? 5,
    retryMs: options.retryMs ?? 500,
    recover: () => invalidator.replay(),
  });
  const reader = createReader({
    store,
    gate,
    events,
    templateOf,
    leaseMs: options.leaseMs ?? 10_000,
  });
  const invalidator = createInvalidator({
    store,
    gate,
    events,
    templateOf,
    timeoutMs,
    forget: reader.forget,
    patternTimeoutMs: options.patternTimeoutMs ?? 5000,
    maxPending: options.maxPendingInvalidations ?? 10_000,
  });

  const read: Cache['read'] = tracing
    ? (request) =>
        tracing.span(
          'cache.read',
          { 'cache.key': templateOf(request.key) },
          () => reader.read(request),
          ({ outcome }) => ({ 'cache.outcome': outcome, 'cache.hit': outcome === 'hit' }),
        )
    : reader.read;

  const invalidateCache: Cache['invalidateCache'] = tracing
    ? (...targets) =>
        tracing.span(
          'cache.invalidate',
          { 'cache.targets': targets.length },
          () => invalidator.invalidate(targets),
          ({ status }) => ({ 'cache.status': status }),
        )
    : (...targets) => invalidator.invalidate(targets);

  return {
    read,
    invalidateCache,
    async cacheAside<T>({ load, ...request }: JsonReadRequest<T>) {
      const { bytes } = await read({ ...request, load: async () => encodeJson(await load()) });
      return JSON.parse(bytes.toString()) as T;
    },
    stats: stats.read,
    async health() {
      const startedAt = performance.now();
      const info = await withDeadline(store.info(), timeoutMs).catch(() => null);
      return {
        status: info ? 'up' : 'down',
        breaker: gate.state,
        latencyMs: info && performance.now() - startedAt,
        store: info,
        stats: stats.read(),
      };
    },
    on: events.on,
    async close() {
      gate.close();
      invalidator.close();
      await store.close();
    },
  };
}
