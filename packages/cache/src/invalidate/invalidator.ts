import { CacheStoreError, CacheUsageError } from '../errors.ts';
import { assertKey, isPattern, PATTERN, patternToRegExp } from '../keys/keys.ts';
import type { Events } from '../observe/events.ts';
import type { CacheStore } from '../protocol/store.ts';
import type { Gate } from '../resilience/circuit-breaker.ts';
import { withDeadline } from '../resilience/deadline.ts';
import { createPending } from './retry-queue.ts';

/**
 * What became of an invalidation. After `failed`, entries may still be there: with `retrying` this
 * process reads past the store until it has repeated the invalidation.
 */
export type Invalidation =
  | { status: 'applied'; removed: number }
  | { status: 'failed'; error: CacheStoreError; retrying: boolean };

export interface Invalidator {
  /** @throws CacheUsageError for a key that no store takes, and so never held */
  invalidate(targets: readonly string[]): Promise<Invalidation>;
  /** Repeats what had failed, until nothing is left. Resolves with how many that were. */
  replay(): Promise<number>;
  /** Ends walks that are under way. */
  close(): void;
}

interface InvalidatorOptions {
  store: CacheStore;
  gate: Gate;
  events: Events;
  templateOf: (key: string) => string;
  forget: (matches: (key: string) => boolean) => void;
  timeoutMs: number;
  /** A pattern walks the whole key space, and so has a deadline of its own. */
  patternTimeoutMs: number;
  /** How many failed targets are kept for replay before they are summed up as patterns. */
  maxPending: number;
}

/** What is repeated at once. */
const REPLAY_BATCH = 100;

/** Nobody waits for a repeated walk, so it may take this many times as long as one that failed. */
const WALK_PATIENCE = 10;

export function createInvalidator(options: InvalidatorOptions): Invalidator {
  const { store, gate, events, templateOf, forget, maxPending } = options;
  const pending = createPending({ max: maxPending, templateOf });
  const closed = new AbortController();

  const labelOf = (target: string) => (isPattern(target) ? PATTERN : templateOf(target));

  const timeoutFor = (target: string) =>
    isPattern(target) ? options.patternTimeoutMs : options.timeoutMs;

  function emitDone(target: string, removed: number, replayed: boolean): void {
    events.emit({ type: 'invalidated', target, template: labelOf(target), removed, replayed });
  }

  async function remove(target: string, timeoutMs: number): Promise<number> {
    if (!isPattern(target)) return (await store.delete(target)) ? 1 : 0;
    // A walk that nobody waits for any more must not go on beside the next one.
    const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(timeoutMs)]);
    return store.deleteMatching(target, signal);
  }

  async function repeat(target: string): Promise<void> {
    const timeoutMs = timeoutFor(target) * (isPattern(target) ? WALK_PATIENCE : 1);
    try {
      const removed = await withDeadline(remove(target, timeoutMs), timeoutMs);
      emitDone(target, removed, true);
    } catch (cause) {
      if (!(cause instanceof CacheUsageError)) pending.add(target);
      throw cause;
    }
  }

  async function invalidateOne(target: string): Promise<Invalidation> {
    // A load that reads the source without a lease may have begun before the write.
    const expression = isPattern(target) ? patternToRegExp(target) : undefined;
    forget((key) => expression?.test(key) ?? key === target);
    const timeoutMs = timeoutFor(target);
    try {
      const removed = await gate.call({
        operation: 'invalidate',
        template: labelOf(target),
        run: () => remove(target, timeoutMs),
        timeoutMs,
      });
      emitDone(target, removed, false);
      return { status: 'applied', removed };
    } catch (cause) {
      if (cause instanceof CacheStoreError) return failed(target, cause);
      throw cause;
    }
  }

  function failed(target: string, error: CacheStoreError): Invalidation {
    const retrying = pending.add(target);
    const template = labelOf(target);
    const { size } = pending;
    events.emit({ type: 'invalidation-failed', target, template, error, retrying, pending: size });
    // The store may hold what the source no longer says: nothing of it is served until the replay.
    gate.trip(error);
    return { status: 'failed', error, retrying };
  }

  return {
    async invalidate(targets) {
      // Before anything else: while the store is away nobody would notice, and it would be kept.
      for (const target of targets) if (!isPattern(target)) assertKey(target);
      const results = await Promise.all(targets.map(invalidateOne));
      const failure = results.find((result) => result.status === 'failed');
      if (failure) {
        const retrying = results.every((result) => result.status === 'applied' || result.retrying);
        return { ...failure, retrying };
      }
      const removed = results.reduce((sum, r) => sum + (r.status === 'applied' ? r.removed : 0), 0);
      return { status: 'applied', removed };
    },
    async replay() {
      let replayed = 0;
      while (pending.size > 0) {
        const batch = pending.take(REPLAY_BATCH);
        const results = await Promise.allSettled(batch.map(repeat));
        const failure = results.find((result) => result.status === 'rejected');
        if (failure) throw failure.reason;
        replayed += batch.length;
      }
      return replayed;
    },
    close: () => closed.abort(),
  };
}
