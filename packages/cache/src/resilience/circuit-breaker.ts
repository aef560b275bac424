import { asStoreError, CacheStoreError, CacheUsageError } from '../errors.ts';
import type { BreakerState, Events, Operation } from '../observe/events.ts';
import type { CacheStore } from '../protocol/store.ts';
import { withDeadline } from './deadline.ts';
import { createSharedDeadline } from './shared-deadline.ts';

/** Every store operation passes here, for its deadline, its breaker and its event. */
export interface CircuitBreaker {
  readonly state: BreakerState;
  /**
   * @throws CacheStoreError on a timeout, on an error, and at once while the breaker is not closed
   * @throws CacheUsageError for a key that no store takes; it is not counted
   */
  run<T>(call: StoreCall<T>): Promise<T>;
  /** Looks for a lost store now. Never rejects; resolves at once while the breaker is closed. */
  probe(): Promise<void>;
  /** Stops looking for the store. */
  close(): void;
}

export interface StoreCall<T> {
  operation: Operation;
  /** The templates of the keys; each gets an event. */
  templates: readonly string[];
  run: () => Promise<T>;
  timeoutMs: number;
  /** Work that fails for reasons of its own, such as its size: a failure is not counted. */
  background?: boolean;
}

interface CircuitBreakerOptions {
  store: Pick<CacheStore, 'ping'>;
  events: Events;
  /** The deadline of a probe. */
  timeoutMs: number;
  /** Failures in a row that open the breaker. */
  failureThreshold: number;
  /** Between two attempts to reach a lost store. */
  retryMs: number;
}

const MESSAGE = 'the cache store is away';

/**
 * A circuit breaker (Nygard, *Release It!*, chapter 5) that probes on a timer of its own, so that
 * the store is found again without traffic and no request pays for the attempt.
 */
export function createCircuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  const { store, events, timeoutMs, failureThreshold, retryMs } = options;
  let state: BreakerState = 'closed';
  let failuresInARow = 0;
  let openedAt = 0;
  /** Counts the openings: the result of a call that began before one does not count after it. */
  let openings = 0;
  let refusal = new CacheStoreError('open', MESSAGE);
  let timer: NodeJS.Timeout | undefined;
  let probing: Promise<void> | undefined;
  let ended = false;
  const sharedDeadline = createSharedDeadline(timeoutMs);

  /** Calls one of the two, once: `fail` also when the call's time is up. */
  function settleInTime<T>(
    call: StoreCall<T>,
    succeed: (result: T) => void,
    fail: (cause: unknown) => void,
  ): void {
    if (call.timeoutMs !== timeoutMs) {
      withDeadline(callNow(call.run), call.timeoutMs).then(succeed, fail);
      return;
    }
    const wait = sharedDeadline.start(() => {
      wait.settled = true;
      fail(new CacheStoreError('timeout', `the cache store gave no answer in ${timeoutMs} ms`));
    });
    const unlessExpired =
      <V>(settle: (value: V) => void) =>
      (value: V) => {
        if (wait.settled) return;
        wait.settled = true;
        settle(value);
      };
    callNow(call.run).then(unlessExpired(succeed), unlessExpired(fail));
  }

  function become(next: BreakerState): void {
    state = next;
    events.emit({ type: 'breaker', state });
  }

  function open(error: CacheStoreError): void {
    openings += 1;
    openedAt = performance.now();
    // One error for all calls that are refused: a read that falls back pays for no stack trace.
    refusal = new CacheStoreError('open', MESSAGE, { cause: error });
    become('open');
    events.emit({ type: 'store-down', error });
    probeLater();
  }

  function probeLater(): void {
    if (!ended) timer = setTimeout(() => void probe(), retryMs).unref();
  }

  async function probe(): Promise<void> {
    if (state === 'closed' || ended) return;
    clearTimeout(timer);
    probing ??= ping().finally(() => (probing = undefined));
    await probing;
  }

  async function ping(): Promise<void> {
    become('half-open');
    try {
      await withDeadline(
        callNow(() => store.ping()),
        timeoutMs,
      );
    } catch {
      become('open');
      probeLater();
      return;
    }
    if (ended) return;
    failuresInARow = 0;
    become('closed');
    events.emit({ type: 'store-up', downMs: performance.now() - openedAt });
  }

  function count(call: StoreCall<unknown>, error: CacheStoreError, openingsBefore: number): void {
    if (call.background || isOfKey(error) || state !== 'closed') return;
    if (openings !== openingsBefore || ended) return;
    failuresInARow += 1;
    if (failuresInARow >= failureThreshold) open(error);
  }

  function emitOperations(call: StoreCall<unknown>, startedAt: number, error?: CacheStoreError) {
    const { operation, templates } = call;
    const durationMs = performance.now() - startedAt;
    for (const template of templates) {
      const event = { type: 'operation', operation, template, durationMs } as const;
      events.emit(error ? { ...event, error } : event);
    }
  }

  return {
    get state() {
      return state;
    },
    run(call) {
      if (state !== 'closed') return Promise.reject(refusal);
      // Earlier operations of the same read took the time: nothing is known about this one.
      if (call.timeoutMs <= 0) {
        return Promise.reject(new CacheStoreError('timeout', 'no time is left for the store'));
      }
      const openingsBefore = openings;
      const startedAt = performance.now();
      // Every hit passes here: one promise, and most often no timer of its own.
      return new Promise((resolve, reject) => {
        const fail = (cause: unknown) => {
          const error = asStoreError(cause);
          if (!(error instanceof CacheUsageError)) {
            emitOperations(call, startedAt, error);
            count(call, error, openingsBefore);
          }
          reject(error);
        };
        settleInTime(
          call,
          (result) => {
            failuresInARow = 0;
            emitOperations(call, startedAt);
            resolve(result);
          },
          fail,
        );
      });
    },
    probe,
    close() {
      ended = true;
      clearTimeout(timer);
      sharedDeadline.close();
    },
  };
}

/** A store marks an error that concerns one key only, such as a value of another type. */
function isOfKey(error: CacheStoreError): boolean {
  return hasMark(error) || hasMark(error.cause);
}

function hasMark(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'ofKey' in error && error.ofKey === true;
}

/** A call that throws before it returns its promise fails like any other. */
function callNow<T>(work: () => Promise<T>): Promise<T> {
  try {
    return work();
  } catch (error) {
    return Promise.reject(error);
  }
}
