import { asStoreError, CacheStoreError, CacheUsageError } from '../errors.ts';
import type { BreakerState, Events, Operation } from '../observe/events.ts';
import type { CacheStore } from '../protocol/store.ts';
import { withDeadline } from './deadline.ts';

/** The one way to the store: every call passes here for its deadline, its breaker and its event. */
export interface Gate {
  readonly state: BreakerState;
  /**
   * @throws CacheStoreError on a timeout, on an error, and at once while the breaker is open
   * @throws CacheUsageError for a key that no store takes; the breaker does not count it
   */
  call<T>(call: StoreCall<T>): Promise<T>;
  /** Opens the breaker now: what the store holds cannot be trusted until `recover` has run. */
  trip(error: CacheStoreError): void;
  /** Stops looking for the store. */
  close(): void;
}

interface StoreCall<T> {
  operation: Operation;
  template: string;
  run: () => Promise<T>;
  /** Overrides the gate's own deadline. */
  timeoutMs?: number;
}

interface GateOptions {
  store: Pick<CacheStore, 'ping'>;
  events: Events;
  timeoutMs: number;
  /** Failures in a row that open the breaker. */
  failureThreshold: number;
  /** Between two attempts to find the store again. */
  retryMs: number;
  /**
   * What must succeed, once the store answers, before calls may pass. Resolves with its size. Runs
   * again when the breaker is tripped meanwhile.
   */
  recover: () => Promise<number>;
}

/**
 * A circuit breaker (Nygard, *Release It!*, chapter 5) that probes on a timer of its own, so that
 * the store is found again without traffic and no request pays for the attempt.
 */
export function createGate(options: GateOptions): Gate {
  const { store, events, timeoutMs, failureThreshold, retryMs, recover } = options;
  let state: BreakerState = 'closed';
  let failuresInARow = 0;
  let refusal = new CacheStoreError('open', 'the cache store is away');
  let retry: NodeJS.Timeout | undefined;
  let trippedAgain = false;
  let ended = false;

  function become(next: BreakerState): void {
    if (state === next) return;
    state = next;
    events.emit({ type: 'breaker', state });
  }

  function trip(error: CacheStoreError): void {
    trippedAgain = true;
    if (state !== 'closed' || ended) return;
    become('open');
    // One error for all calls that are refused meanwhile: a bypassed read pays for no stack trace.
    refusal = new CacheStoreError('open', 'the cache store is away', { cause: error });
    events.emit({ type: 'store-down', error });
    probeLater();
  }

  function probeLater(): void {
    retry = setTimeout(() => void probe(), retryMs).unref();
  }

  async function probe(): Promise<void> {
    try {
      await withDeadline(store.ping(), timeoutMs);
      become('half-open');
      let replayed = 0;
      // Until no writer failed since the recovery began: what came after its last look is not in it.
      do {
        trippedAgain = false;
        replayed += await recover();
      } while (trippedAgain);
      if (ended) return;
      become('closed');
      failuresInARow = 0;
      events.emit({ type: 'store-up', replayed });
    } catch {
      become('open');
      if (!ended) probeLater();
    }
  }

  function emitOperation(
    operation: Operation,
    template: string,
    startedAt: number,
    error?: CacheStoreError,
  ): void {
    const durationMs = performance.now() - startedAt;
    events.emit({ type: 'operation', operation, template, durationMs, ...(error && { error }) });
  }

  return {
    get state() {
      return state;
    },
    trip,
    async call({ operation, template, run, timeoutMs: ownTimeoutMs = timeoutMs }) {
      // Writers that pass meanwhile add nothing to what is being repeated, so that comes to an end.
      const passes = state === 'closed' || (state === 'half-open' && operation === 'invalidate');
      if (!passes) throw refusal;
      const startedAt = performance.now();
      try {
        const result = await withDeadline(run(), ownTimeoutMs);
        failuresInARow = 0;
        emitOperation(operation, template, startedAt);
        return result;
      } catch (cause) {
        const error = asStoreError(cause);
        if (error instanceof CacheUsageError) throw error;
        emitOperation(operation, template, startedAt, error);
        failuresInARow += 1;
        if (failuresInARow >= failureThreshold) trip(error);
        throw error;
      }
    },
    close() {
      ended = true;
      clearTimeout(retry);
    },
  };
}
