import type { Ref } from '../api.ts';
import {
  CacheOutcomeUnknownError,
  CacheStoreError,
  CacheUsageError,
  CacheWriteRefusedError,
} from '../errors.ts';
import type { Events, MutationOutcome } from '../observe/events.ts';
import type { Outbox, OutboxRow, Transactor } from '../protocol/outbox.ts';
import type { CacheStore, NewValue } from '../protocol/store.ts';
import type { CircuitBreaker } from '../resilience/circuit-breaker.ts';
import { createFences, type FailedLift, type Fences } from './fences.ts';
import type { OnInvalidated } from './invalidator.ts';
import { repeatLifts } from './repeat-lifts.ts';
import {
  fromRow,
  parseWriteTargets,
  toStoreTarget,
  type FenceTarget,
  type TemplateOf,
  type WriteTarget,
} from './targets.ts';
import { encodeWriteThrough } from './write-through.ts';

/** Writes that invalidate the entries they change: `docs/decisions/2026-11-25-cache-protocol.md`. */
export interface Mutator<Tx> {
  /** See `Cache.mutate`. */
  mutate<T>(db: Transactor<Tx>, refs: Refs<T>, work: (tx: Tx) => Promise<T>): Promise<T>;
  /**
   * Invalidates the targets of an outbox row; may be repeated.
   *
   * @throws CacheStoreError if any target failed
   */
  applyRow(row: OutboxRow): Promise<void>;
}

interface MutatorOptions<Tx> {
  store: Pick<CacheStore, 'fence' | 'lift'>;
  breaker: CircuitBreaker;
  events: Events;
  /** Without one, `mutate` throws. */
  outbox: Outbox<Tx> | undefined;
  templateOf: TemplateOf;
  consistency: 'available' | 'strict';
  fenceMs: number;
  operationTimeoutMs: number;
  /** A monotonic clock in milliseconds. */
  now: () => number;
  /** Returns an id that is never returned again, in any process. */
  newId: () => string;
  onInvalidated: OnInvalidated;
  /** A target of a committed write could not be lifted; the outbox will. */
  onPending?: (target: FenceTarget) => void;
}

type Refs<T> = readonly Ref<T>[] | ((result: T) => readonly Ref<T>[]);

/** The targets and new values of a write, before its commit. */
interface Draft {
  targets: readonly FenceTarget[];
  values: ReadonlyMap<FenceTarget, NewValue>;
}

/** How far the last attempt of the transaction came. */
interface Attempt {
  /** Everything but the commit is done. */
  draft?: Draft;
  failure?: { error: unknown };
}

export function createMutator<Tx>(options: MutatorOptions<Tx>): Mutator<Tx> {
  const { breaker, events, templateOf, now, onInvalidated } = options;
  const isStrict = options.consistency === 'strict';

  function emitOutcome(outcome: MutationOutcome, fences: Fences): void {
    const fencedMs = now() - (fences.firstSentAtMs ?? now());
    events.emit({ type: 'mutation', outcome, fencedMs });
  }

  function refuse(fences: Fences, cause: CacheStoreError): CacheWriteRefusedError {
    emitOutcome('refused', fences);
    return new CacheWriteRefusedError('the write was not made: it could not be fenced', { cause });
  }

  /**
   * Before the work reads anything: the value that it computes may not include the change of a
   * writer that commits between the work and a later fence, and nothing would show that.
   */
  async function fenceWriteThrough(
    known: readonly WriteTarget<never>[],
    fences: Fences,
  ): Promise<void> {
    const written = known.filter(({ writeThrough }) => writeThrough !== undefined);
    const error = await fences.place(written.map(({ target }) => target));
    if (error && isStrict) throw refuse(fences, error);
  }

  /** The last part of the transaction. Nothing of it runs on when it rejects. */
  async function prepare<T>(
    append: (row: OutboxRow) => Promise<void>,
    fences: Fences,
    row: { id: string; targets: readonly WriteTarget<T>[] },
    result: T,
  ): Promise<Draft> {
    const targets = row.targets.map(({ target }) => target);
    if (targets.length === 0) return { targets, values: new Map() };
    // Only targets fenced before the work: see `fenceWriteThrough`.
    const values = await encodeValues(
      row.targets.filter(({ target }) => fences.isPlaced(target)),
      result,
    );
    const [appended, fenceError] = await Promise.all([
      settle(append({ id: row.id, targets: targets.map(toStoreTarget) })),
      fences.place(targets),
    ]);
    if (appended.status === 'rejected') throw appended.reason;
    if (fenceError && isStrict) throw refuse(fences, fenceError);
    return { targets, values };
  }

  /** After the commit. Rejects if the write must not be acknowledged. */
  async function finish(
    { targets, values }: Draft,
    fences: Fences,
    markApplied: () => void,
  ): Promise<void> {
    const failed = await liftAll(targets, values, fences);
    for (const target of targets) onInvalidated(target);
    if (failed.length === 0) {
      if (targets.length > 0) markApplied();
      return emitOutcome('applied', fences);
    }
    for (const { target } of failed) options.onPending?.(target);
    if (!isStrict) return emitOutcome('pending', fences);
    emitOutcome('unknown', fences);
    throw new CacheOutcomeUnknownError(
      'the write was committed and its entries could not be invalidated',
      { cause: failed[0]!.error },
    );
  }

  /**
   * In `strict` mode only a lift that succeeded counts. The fence's life proves nothing: a store
   * that restarts empty loses the fence, and takes the old state from the next reader.
   */
  async function liftAll(
    targets: readonly FenceTarget[],
    values: ReadonlyMap<FenceTarget, NewValue>,
    fences: Fences,
  ): Promise<readonly FailedLift[]> {
    const failed = await fences.lift(targets, values);
    return isStrict ? repeatLifts(failed, fences, now) : failed;
  }

  /** The error of a transaction that rejected. */
  function onRejected(
    error: unknown,
    { draft, failure }: Attempt,
    fences: Fences,
    mayHaveCommitted: (error: unknown) => boolean,
  ): unknown {
    if (draft && mayHaveCommitted(error)) {
      for (const target of draft.targets) onInvalidated(target);
      // Not lifted: the fence protects a commit that arrives late, until the outbox lifts it.
      emitOutcome('unknown', fences);
      return new CacheOutcomeUnknownError('the commit may have taken effect', { cause: error });
    }
    fences.abandon();
    return failure ? failure.error : error;
  }

  async function mutate<T>(db: Transactor<Tx>, refs: Refs<T>, work: (tx: Tx) => Promise<T>) {
    const { outbox, newId } = options;
    if (!outbox) throw new CacheUsageError('mutate needs the option `outbox`');
    if (db.isTransaction) {
      // Its "commit" would release a savepoint: the lift would come before the outer commit.
      throw new CacheUsageError('mutate begins its own transaction: pass the database, not a trx');
    }
    const known = typeof refs === 'function' ? undefined : parseWriteTargets(refs, templateOf);
    const targetsOf = (value: T) =>
      known ?? parseWriteTargets((refs as Exclude<Refs<T>, readonly unknown[]>)(value), templateOf);
    const id = newId();
    const fences = createFences({ ...options, id });
    if (isStrict && breaker.state !== 'closed') throw refuse(fences, AWAY);
    const attempt: Attempt = {};
    let result: T;
    try {
      result = await db.transaction(async (tx) => {
        delete attempt.draft;
        delete attempt.failure;
        try {
          await fenceWriteThrough(known ?? [], fences);
          const value = await work(tx);
          const append = async (row: OutboxRow) => outbox.append(tx, row);
          attempt.draft = await prepare(append, fences, { id, targets: targetsOf(value) }, value);
          return value;
        } catch (error) {
          attempt.failure = { error };
          throw error;
        }
      });
    } catch (error) {
      throw onRejected(error, attempt, fences, (cause) => outbox.mayHaveCommitted(cause));
    }
    await finish(attempt.draft!, fences, () => outbox.markApplied(id));
    return result;
  }

  return {
    mutate,
    async applyRow(row) {
      const targets = row.targets.map((target) => fromRow(target, templateOf));
      const fences = createFences({ ...options, id: row.id, replayed: true });
      const [failed] = await fences.lift(targets);
      for (const target of targets) onInvalidated(target);
      if (failed) throw failed.error;
    },
  };
}

const AWAY = new CacheStoreError('open', 'the cache store is away');

async function settle(work: Promise<void>): Promise<PromiseSettledResult<void>> {
  const [result] = await Promise.allSettled([work]);
  return result;
}

async function encodeValues<T>(
  targets: readonly WriteTarget<T>[],
  result: T,
): Promise<ReadonlyMap<FenceTarget, NewValue>> {
  const values = new Map<FenceTarget, NewValue>();
  for (const { target, writeThrough } of targets) {
    const value = writeThrough && (await encodeWriteThrough(writeThrough, result));
    if (value) values.set(target, value);
  }
  return values;
}
