import type { CacheStoreError } from '../errors.ts';

/** The store operations that are timed, as they appear in the `operation` label. */
export const OPERATIONS = ['get', 'lease', 'fill', 'invalidate'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Where the bytes of a read came from. */
export type Outcome = 'hit' | 'miss' | 'bypass';

/**
 * `closed`: calls pass. `open`: calls fail at once. `half-open`: the store answers again, failed
 * invalidations are being repeated, and only new ones pass.
 */
export const BREAKER_STATES = ['closed', 'open', 'half-open'] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];

/**
 * Everything the cache does, as it happens. `key` is the raw key; `template` is the declared one
 * it belongs to, from a set that is fixed at start-up, and so fit for a metric's label.
 */
export type CacheEvent =
  /** The store had the entry. */
  | { type: 'hit'; key: string; template: string }
  /** The store answered and had no entry: the loader is asked. */
  | { type: 'miss'; key: string; template: string }
  /** The store gave no answer: the loader is asked and nothing is stored. */
  | { type: 'bypass'; key: string; template: string; error: CacheStoreError }
  /** The loader gave a value. What then becomes of it is not part of the duration. */
  | { type: 'load'; key: string; template: string; durationMs: number; sizeBytes: number }
  /** The loader threw. */
  | { type: 'load-failed'; key: string; template: string; durationMs: number; error: unknown }
  /** A reader waits for a load that another one began. */
  | { type: 'coalesced'; key: string; template: string }
  /** A loaded value was not stored: an invalidation came first, or the store failed. */
  | { type: 'fill-refused'; key: string; template: string; error?: CacheStoreError }
  /** One store operation ended, well or with an error. */
  | {
      type: 'operation';
      operation: Operation;
      template: string;
      durationMs: number;
      error?: CacheStoreError;
    }
  /** An invalidation was carried out: at once, or `replayed` after it had failed. */
  | { type: 'invalidated'; target: string; template: string; removed: number; replayed: boolean }
  /**
   * An invalidation was not carried out; `retrying` says whether this process repeats it, `pending`
   * how many it has to repeat by now.
   */
  | {
      type: 'invalidation-failed';
      target: string;
      template: string;
      error: CacheStoreError;
      retrying: boolean;
      pending: number;
    }
  /** The breaker changed its state. It begins closed. */
  | { type: 'breaker'; state: BreakerState }
  /** The breaker opened: until `store-up`, reads go to their loaders. */
  | { type: 'store-down'; error: CacheStoreError }
  /** The store answers again and every invalidation that had failed has been repeated. */
  | { type: 'store-up'; replayed: number };

/** Called synchronously for every event. It must not throw; if it does, the cache carries on. */
export type CacheListener = (event: CacheEvent) => void;

export interface Events {
  emit(event: CacheEvent): void;
  /** Adds a listener and returns the function that takes it away again. */
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
          // A broken log or metric must not break a read; the process hears of it once per kind.
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
