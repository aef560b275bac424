import type { CacheStoreError } from '../errors.ts';

/** The store operations that are timed, as they appear in the `operation` label. */
export const OPERATIONS = [
  'get',
  'lease',
  'extend',
  'fill',
  'refresh',
  'fence',
  'lift',
  'invalidate',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/**
 * Where the bytes of a read came from. `stale`: from an expired copy, while it is being loaded again or
 * because that failed. `fallback`: from the loader, because the store gave no answer.
 */
export const OUTCOMES = ['hit', 'miss', 'stale', 'fallback'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** `closed`: calls pass. `open`: calls fail at once. `half-open`: one probe is under way. */
export const BREAKER_STATES = ['closed', 'open', 'half-open'] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];

/** Why a loaded value was not stored, other than a failure of the store. */
export const REFUSALS = ['lease-lost', 'fenced', 'wait-expired', 'too-large'] as const;
export type Refusal = (typeof REFUSALS)[number];

/** How a write through `mutate` ended, other than by an error of its own. */
export const MUTATIONS = [
  /** Fenced, committed, lifted. */
  'applied',
  /** Committed; the outbox lifts. */
  'pending',
  /** `strict` only: not made, because it could not be fenced. */
  'refused',
  /** The commit's outcome, or that of its invalidation, is unknown; the outbox settles it. */
  'unknown',
] as const;
export type MutationOutcome = (typeof MUTATIONS)[number];

/**
 * Everything the cache does, as it happens. `key` is the raw key; `template` is the declared one
 * it belongs to, from a set that is fixed at start-up, and so fit for a metric's label.
 */
export type CacheEvent =
  /** The store, or the in-process tier, had the entry. */
  | { type: 'hit'; key: string; template: string; tier: 'store' | 'local' }
  /** The store answered and had no entry: the loader is called. */
  | { type: 'miss'; key: string; template: string }
  /** A copy past its time was returned. */
  | { type: 'stale'; key: string; template: string; reason: 'revalidating' | 'load-failed' }
  /** The store gave no answer: the loader is called and nothing is stored. */
  | { type: 'fallback'; key: string; template: string; error: CacheStoreError }
  /** The loader returned a value. The duration excludes its encoding and storing. */
  | { type: 'load'; key: string; template: string; durationMs: number; sizeBytes: number }
  /** The loader threw, or ran into its deadline. */
  | { type: 'load-failed'; key: string; template: string; durationMs: number; error: unknown }
  /** A read shares a load that another one began, in this process or elsewhere. */
  | { type: 'coalesced'; key: string; template: string; with: 'process' | 'cluster' }
  /** A present entry is loaded again before its time. */
  | { type: 'refresh'; key: string; template: string }
  /** A loaded value was not stored: `reason`, or a failure of the store. */
  | {
      type: 'fill-refused';
      key: string;
      template: string;
      reason: Refusal | CacheStoreError['failure'];
      error?: CacheStoreError;
    }
  /** An entry could not be decoded, or is of another codec version; it counts as a miss. */
  | { type: 'discarded'; key: string; template: string; reason: 'codec' | 'undecodable' }
  /** Too many loads are under way while the store is away: this one was refused. */
  | { type: 'overloaded'; key: string; template: string }
  /** One store operation ended, well or with an error. */
  | {
      type: 'operation';
      operation: Operation;
      template: string;
      durationMs: number;
      error?: CacheStoreError;
    }
  /**
   * An invalidation was carried out: at once, or `replayed` after it had failed. `pending` is the
   * length of the retry queue after a repetition from it.
   */
  | {
      type: 'invalidated';
      target: string;
      template: string;
      removed: number;
      replayed: boolean;
      pending?: number;
    }
  /**
   * An invalidation was not carried out. `retrying`: this process repeats it, and until then reads
   * bypass the store for its targets. `pending` is the length of the retry queue.
   */
  | {
      type: 'invalidation-failed';
      target: string;
      template: string;
      error: CacheStoreError;
      retrying: boolean;
      pending: number;
    }
  /** The cache was closed with this many failed invalidations left. */
  | { type: 'invalidations-lost'; count: number }
  /** A write through `mutate` ended. */
  | { type: 'mutation'; outcome: MutationOutcome; fencedMs: number }
  /** The outbox was looked at: rows not applied yet, and the age of the oldest. */
  | { type: 'outbox'; pending: number; lagMs: number; dispatched: number }
  /** The outbox could not be read or written. */
  | { type: 'outbox-failed'; error: unknown }
  /** The in-process tier was emptied. */
  | { type: 'local-dropped'; reason: 'gap' | 'silence' | 'store-replaced' }
  /** The breaker changed its state. It begins closed. */
  | { type: 'breaker'; state: BreakerState }
  /** The breaker opened: until `store-up`, reads go to their loaders. */
  | { type: 'store-down'; error: CacheStoreError }
  /** The store answers again. */
  | { type: 'store-up'; downMs: number }
  /** The store is another one than before: restarted, failed over or restored. */
  | { type: 'store-replaced' };

/** Called synchronously for every event. It must not throw; if it does, the cache carries on. */
export type CacheListener = (event: CacheEvent) => void;

export interface Events {
  emit(event: CacheEvent): void;
  /** Adds a listener and returns the function that removes it. */
  on(listener: CacheListener): () => void;
}

export function createEvents(initial: readonly CacheListener[] = []): Events {
  const listeners = new Set(initial);
  const warned = new Set<CacheEvent['type']>();
  return {
    emit(event) {
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (cause) {
          // A broken log or metric must not break a read; warn once per kind of event.
          if (warned.has(event.type)) continue;
          warned.add(event.type);
          process.emitWarning(`a cache listener threw at "${event.type}": ${String(cause)}`);
        }
      }
    },
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
