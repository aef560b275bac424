import { crc32 } from 'node:zlib';

import { asStoreError, CacheStoreError } from '../errors.ts';
import type { Events, Operation } from '../observe/events.ts';
import type { CacheStore, NewValue } from '../protocol/store.ts';
import type { CircuitBreaker } from '../resilience/circuit-breaker.ts';
import { identify, nameOf, toStoreTarget, type FenceTarget } from './targets.ts';

/** The fences of one write: all with its id, one for each target. */
export interface Fences {
  /** When the first was sent, on the monotonic clock; `undefined` if none was. */
  readonly firstSentAtMs: number | undefined;
  isPlaced(target: FenceTarget): boolean;
  /** Places one fence for each target that has none, all at once. Resolves with the first failure. Never rejects. */
  place(targets: readonly FenceTarget[]): Promise<CacheStoreError | undefined>;
  /**
   * Removes the targets and lifts their fences, or stores `values` in their place. Resolves with
   * those that failed, which are then still fenced if they were. Never rejects.
   */
  lift(
    targets: readonly FenceTarget[],
    values?: ReadonlyMap<FenceTarget, NewValue>,
  ): Promise<readonly FailedLift[]>;
  /**
   * Repeats lifts that failed, each within `timeoutMs`. Always removes: an earlier attempt may have
   * lifted the fence, without which a value must not be stored. Never rejects.
   */
  repeat(failed: readonly FailedLift[], timeoutMs: number): Promise<readonly FailedLift[]>;
  /** Lifts, in the background, all fences that may exist for a write that was not made. */
  abandon(): void;
}

export interface FailedLift {
  target: FenceTarget;
  error: CacheStoreError;
}

interface FencesOptions {
  id: string;
  store: Pick<CacheStore, 'fence' | 'lift'>;
  breaker: CircuitBreaker;
  events: Events;
  fenceMs: number;
  /** Time limit of fence and lift of one target together. */
  operationTimeoutMs: number;
  /** A monotonic clock in milliseconds. */
  now: () => number;
  /** The lift comes from the outbox, not from the write itself. */
  replayed?: boolean;
}

export function createFences(options: FencesOptions): Fences {
  const {
    id,
    store,
    breaker,
    events,
    fenceMs,
    operationTimeoutMs,
    now,
    replayed = false,
  } = options;
  /** The targets that may be fenced, and the time that each fence took. */
  const sent = new Map<string, { target: FenceTarget; placed: boolean; spentMs: number }>();
  let firstSentAtMs: number | undefined;

  /**
   * Each fence has an id of its own: version 0.1 takes any record for the token of a lease, and
   * shares loads by token alone. The same for the writer and for the outbox.
   */
  function idOf(target: FenceTarget): string {
    return `${id}.${crc32(identify(target)).toString(36)}`;
  }

  function isPlaced(target: FenceTarget): boolean {
    return sent.get(identify(target))?.placed ?? false;
  }

  async function call<T>(
    operation: Operation,
    { template }: FenceTarget,
    timeoutMs: number,
    run: () => Promise<T>,
    isRepeated = false,
  ): Promise<T | CacheStoreError> {
    try {
      const templates = [template];
      // The first attempt was counted: repetitions of one lift must not open the breaker.
      return await breaker.run({ operation, templates, run, timeoutMs, background: isRepeated });
    } catch (cause) {
      const error = asStoreError(cause);
      // The key was checked before, so a store that calls it a mistake failed like any other.
      return error instanceof CacheStoreError
        ? error
        : new CacheStoreError('error', error.message, { cause });
    }
  }

  async function placeOne(target: FenceTarget): Promise<CacheStoreError | undefined> {
    if (isPlaced(target)) return undefined;
    const startedAt = now();
    const error = await call('fence', target, operationTimeoutMs, () => {
      firstSentAtMs ??= startedAt;
      sent.set(identify(target), { target, placed: false, spentMs: 0 });
      return store.fence(toStoreTarget(target), idOf(target), fenceMs);
    });
    const fence = sent.get(identify(target));
    if (fence) Object.assign(fence, { placed: !error, spentMs: now() - startedAt });
    return error ?? undefined;
  }

  async function liftOne(
    target: FenceTarget,
    timeoutMs: number,
    { value, isRepeated }: { value?: NewValue | undefined; isRepeated?: boolean } = {},
  ): Promise<FailedLift | undefined> {
    const lift = () => store.lift(toStoreTarget(target), idOf(target), value);
    const result = await call('lift', target, timeoutMs, lift, isRepeated);
    if (result instanceof CacheStoreError) return { target, error: result };
    const { template } = target;
    const removed = Number(result.removed);
    events.emit({ type: 'invalidated', target: nameOf(target), template, removed, replayed });
    return undefined;
  }

  return {
    get firstSentAtMs() {
      return firstSentAtMs;
    },
    isPlaced,
    async place(targets) {
      const errors = await Promise.all(targets.map(placeOne));
      return errors.find((error) => error !== undefined);
    },
    async lift(targets, values) {
      const results = await Promise.all(
        targets.map((target) => {
          const fence = sent.get(identify(target));
          // Without a fence of its own, a write cannot detect others that would order the values.
          const value = fence?.placed ? values?.get(target) : undefined;
          return liftOne(target, operationTimeoutMs - (fence?.spentMs ?? 0), { value });
        }),
      );
      return results.filter((result) => result !== undefined);
    },
    async repeat(failed, timeoutMs) {
      const limitMs = Math.min(timeoutMs, operationTimeoutMs);
      const results = await Promise.all(
        failed.map(({ target }) => liftOne(target, limitMs, { isRepeated: true })),
      );
      return results.filter((result) => result !== undefined);
    },
    abandon() {
      for (const { target } of sent.values()) void liftOne(target, operationTimeoutMs);
    },
  };
}
