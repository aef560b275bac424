import { withDeadline } from './deadline.ts';
import { CacheStoreError } from './errors.ts';
import type { Events } from './events.ts';
import type { Gate } from './gate.ts';
import { isPattern, PATTERN, patternToRegExp } from './keys.ts';
import type { CacheStore } from './store.ts';

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
  /** How many failed targets are kept for replay. */
  maxPending: number;
}

export function createInvalidator(options: InvalidatorOptions): Invalidator {
  const { store, gate, events, templateOf, forget, maxPending } = options;
  const pending = new Set<string>();

  const timeoutFor = (target: string) =>
    isPattern(target) ? options.patternTimeoutMs : options.timeoutMs;

  async function remove(target: string): Promise<number> {
    if (isPattern(target)) return store.deleteMatching(target);
    return (await store.delete(target)) ? 1 : 0;
  }

  async function invalidateOne(target: string): Promise<Invalidation> {
    // A load that reads the source without a lease may have begun before the write.
    const expression = isPattern(target) ? patternToRegExp(target) : undefined;
    forget((key) => expression?.test(key) ?? key === target);
    try {
      const removed = await gate.call({
        operation: 'invalidate',
        template: expression ? PATTERN : templateOf(target),
        run: () => remove(target),
        timeoutMs: timeoutFor(target),
      });
      events.emit({ type: 'invalidated', target, removed });
      return { status: 'applied', removed };
    } catch (cause) {
      if (cause instanceof CacheStoreError) return failed(target, cause);
      throw cause;
    }
  }

  function failed(target: string, error: CacheStoreError): Invalidation {
    const retrying = pending.has(target) || pending.size < maxPending;
    if (retrying) pending.add(target);
    events.emit({ type: 'invalidation-failed', target, error, retrying });
    // The store may hold what the source no longer says: nothing of it is served until the replay.
    gate.trip(error);
    return { status: 'failed', error, retrying };
  }

  return {
    async invalidate(targets) {
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
      // Targets that fail meanwhile join the set, and a set's iteration reaches what joins it.
      for (const target of pending) {
        // Taken off first: a writer that fails on the same target meanwhile puts it back.
        pending.delete(target);
        try {
          const removed = await withDeadline(remove(target), timeoutFor(target));
          events.emit({ type: 'invalidated', target, removed });
          replayed += 1;
        } catch (cause) {
          pending.add(target);
          throw cause;
        }
      }
      return replayed;
    },
  };
}
