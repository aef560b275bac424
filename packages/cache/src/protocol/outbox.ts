import type { Target } from './store.ts';

/** A write's record of its invalidation, in case it could not invalidate by itself. */
export interface OutboxRow {
  /** The write's fence. */
  id: string;
  targets: readonly Target[];
}

/** Runs database transactions; a Knex instance is one. `Tx` is the transaction's handle. */
export interface Transactor<Tx> {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** True for the handle of an open transaction: its own "transactions" are savepoints. */
  readonly isTransaction?: boolean;
}

/**
 * Invalidations that are committed together with the data, and applied until they succeed.
 * `@relay/cache/outbox` implements it for Postgres.
 */
export interface Outbox<Tx> {
  /** Adds a row inside the caller's transaction. */
  append(tx: Tx, row: OutboxRow): Promise<void>;
  /** The row has been applied; recorded soon, in a batch. Never throws. */
  markApplied(id: string): void;
  /**
   * Whether an error of the commit leaves open if the transaction took effect. False: the
   * database refused it.
   */
  mayHaveCommitted(error: unknown): boolean;
  /** Begins to look for rows that were not marked, and to apply them. Called once, by `createCache`. */
  start(dispatch: OutboxDispatch): void;
  /** Applies all rows of the window again: the store is another one than before. */
  replay(): void;
  /** Stops after marking the applied rows. */
  close(): Promise<void>;
}

export interface OutboxDispatch {
  /**
   * Whether this process reaches the store, by its last attempts. While it does not, it claims no rows:
   * each claim that fails postpones the row for the processes that could apply it.
   */
  canApply(): boolean;
  /** Applies one row, or rejects. */
  apply(row: OutboxRow): Promise<void>;
  /** After each look: rows not applied yet, the age of the oldest, and how many this process applied. */
  onLook(look: { pending: number; lagMs: number; dispatched: number }): void;
  onError(error: unknown): void;
}
