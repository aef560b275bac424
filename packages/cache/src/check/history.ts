/**
 * The history that a consistency check records. An entity is anything with one sequence of versions:
 * its writers number their commits 1, 2, 3, and 0 is its first state. Entries that show the same entity
 * in other forms (alone, in a list, under a tag) share its name.
 *
 * All times are milliseconds on one monotonic clock. On one machine `process.hrtime` is the same
 * clock in every process.
 */
export type Operation = ReadOperation | WriteOperation;

export interface ReadOperation {
  kind: 'read';
  /** A sequence of operations, each begun after the one before had completed. */
  session: string;
  entity: string;
  /** How the entity was read: `entity`, `list`, `tag`. Appears in findings. */
  form: string;
  /** The process that ran it. */
  process: string;
  /** `null`: the entity was absent. */
  version: number | null;
  invokedAt: number;
  completedAt: number;
}

export interface WriteOperation {
  kind: 'write';
  /** Unique: connects the operation with its `WriteBegin`. */
  id: string;
  entity: string;
  /** `unknown`: the write may take effect at any time, or never. */
  outcome: 'acknowledged' | 'failed' | 'unknown';
  /** The version that the write made, if it got so far. */
  version?: number;
  invokedAt: number;
  /** When the commit was known to have taken effect, at the latest. */
  committedAt?: number;
  completedAt: number;
}

/** Recorded before a write, so that a writer that dies leaves a trace. */
export interface WriteBegin {
  id: string;
  entity: string;
  invokedAt: number;
}

/** A time with a weaker promise: a fault, from its start until its end. */
export interface FaultWindow {
  name: string;
  startedAt: number;
  /** `Infinity` until the fault has been healed. */
  healedAt: number;
  /**
   * Whether any process reached both the store and the source meanwhile. If so, staleness is bounded
   * from the commit; else from the commit or the healing, whichever is later.
   */
  reach: 'some' | 'none';
  /** Stale reads within the bound break no promise. */
  staleAllowed: boolean;
}
