import type { Invalidation, Ref } from '../api.ts';
import { CacheStoreError } from '../errors.ts';
import { PATTERN } from '../keys/keys.ts';
import type { Events } from '../observe/events.ts';
import type { CacheStore } from '../protocol/store.ts';
import type { CircuitBreaker } from '../resilience/circuit-breaker.ts';
import { createRetryQueue } from './retry-queue.ts';
import {
  nameOf,
  parseTargets,
  toStoreTarget,
  type InvalidationTarget,
  type TemplateOf,
} from './targets.ts';

/**
 * Called after the call to the store, failed or not: the in-process tiers drop the target. A repetition
 * calls it again, once it has succeeded.
 */
export type OnInvalidated = (target: InvalidationTarget) => void;

/** Invalidations outside of `mutate`. */
export interface Invalidator {
  /** @throws CacheUsageError for a ref that no store takes; nothing is done then */
  invalidate(refs: readonly Ref[]): Promise<Invalidation>;
  /** Whether reads must go past the store: an invalidation of this entry is still to be repeated. */
  isSuspect(key: string, tags: readonly string[] | undefined): boolean;
  /** Repeats an invalidation that the outbox holds too: this process reads past the store until then. */
  repeatLater(target: InvalidationTarget): void;
  /** Repeats failed invalidations once more. Resolves with how many are lost. Call it before `close`. */
  flush(options: { deadlineMs: number }): Promise<number>;
  /** Ends walks that are under way, and repeats nothing more. */
  close(): void;
}

interface InvalidatorOptions {
  store: Pick<CacheStore, 'invalidate' | 'invalidateMatching'>;
  breaker: CircuitBreaker;
  events: Events;
  templateOf: TemplateOf;
  onInvalidated: OnInvalidated;
  timeoutMs: number;
  /** A pattern walks all keys, and so has a deadline of its own. */
  patternTimeoutMs: number;
  /** Between two attempts to repeat failed invalidations. */
  retryMs: number;
  /** Failed targets that are kept one by one. */
  maxPending: number;
}

/** No caller waits for a repeated walk, so it may take this many times as long. */
const WALK_PATIENCE = 10;

export function createInvalidator(options: InvalidatorOptions): Invalidator {
  const { store, breaker, events, templateOf, onInvalidated, timeoutMs } = options;
  const walks = new Set<AbortController>();
  const retryQueue = createRetryQueue({
    max: options.maxPending,
    retryMs: options.retryMs,
    isStoreAway: () => breaker.state !== 'closed',
    apply: (target) => remove(target, true),
    onApplied: onRepeated,
  });
  const stopListening = events.on(({ type }) => {
    if (type === 'store-up') retryQueue.retryNow();
  });

  /** Resolves with the number of entries removed. */
  async function remove(target: InvalidationTarget, replayed: boolean): Promise<number> {
    const { template } = target;
    const removed =
      target.kind === 'pattern'
        ? await walk(target.pattern, replayed)
        : await breaker.run({
            operation: 'invalidate',
            templates: [template],
            run: async () => Number((await store.invalidate(toStoreTarget(target))).removed),
            timeoutMs,
            // Traffic detects a lost store: retries would count its failures twice.
            background: replayed,
          });
    if (!replayed) emitInvalidated(target, removed);
    return removed;
  }

  function onRepeated(target: InvalidationTarget, removed: number): void {
    emitInvalidated(target, removed, retryQueue.size);
    onInvalidated(target);
  }

  /** @param pending the length of the retry queue after a repetition */
  function emitInvalidated(target: InvalidationTarget, removed: number, pending?: number): void {
    events.emit({
      type: 'invalidated',
      target: nameOf(target),
      template: target.template,
      removed,
      replayed: pending !== undefined,
      ...(pending !== undefined && { pending }),
    });
  }

  async function walk(pattern: string, replayed: boolean): Promise<number> {
    const controller = new AbortController();
    walks.add(controller);
    try {
      return await breaker.run({
        operation: 'invalidate',
        templates: [PATTERN],
        run: () => store.invalidateMatching(pattern, controller.signal),
        timeoutMs: options.patternTimeoutMs * (replayed ? WALK_PATIENCE : 1),
        // Too many keys for the deadline are no sign of a lost store.
        background: true,
      });
    } finally {
      // A walk past its deadline must not go on beside the next one.
      controller.abort();
      walks.delete(controller);
    }
  }

  async function invalidateOne(target: InvalidationTarget): Promise<Invalidation> {
    try {
      return { status: 'applied', removed: await remove(target, false) };
    } catch (error) {
      if (!(error instanceof CacheStoreError)) throw error;
      const retrying = retryQueue.add(target);
      events.emit({
        type: 'invalidation-failed',
        target: nameOf(target),
        template: target.template,
        error,
        retrying,
        pending: retryQueue.size,
      });
      return { status: 'failed', error, retrying };
    } finally {
      onInvalidated(target);
    }
  }

  return {
    async invalidate(refs) {
      const targets = parseTargets(refs, templateOf);
      return sumUp(await Promise.all(targets.map(invalidateOne)));
    },
    isSuspect: retryQueue.isSuspect,
    repeatLater: (target) => void retryQueue.add(target, true),
    async flush(flushOptions) {
      if (retryQueue.size === 0) return 0;
      // The store may have come back since the last look.
      await breaker.probe();
      return retryQueue.flush(flushOptions);
    },
    close() {
      stopListening();
      retryQueue.close();
      for (const controller of walks) controller.abort();
    },
  };
}

/** `failed` if any target failed, and `retrying` only if all that failed are repeated. */
function sumUp(results: readonly Invalidation[]): Invalidation {
  let removed = 0;
  let failure: Extract<Invalidation, { status: 'failed' }> | undefined;
  for (const result of results) {
    if (result.status === 'applied') removed += result.removed;
    else failure = { ...result, retrying: result.retrying && (failure?.retrying ?? true) };
  }
  return failure ?? { status: 'applied', removed };
}
