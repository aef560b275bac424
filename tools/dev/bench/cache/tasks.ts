import type { Round } from './measure.ts';

/** The tasks of a contender's process: request and answer of each. */
export interface Tasks {
  /** Stores `keys` records of this size and reads them back. Fails if an answer differs. */
  fill: { ask: { sizeBytes: number; keys: number }; answer: { loads: number } };
  /** Hits on all records in turn, or on the first alone. */
  hits: {
    ask: { concurrency: number; ms: number; hot: boolean; perSample?: number };
    answer: Round & { loads: number };
  };
  /** Reads of records that were never read before. The loader takes no time. */
  misses: { ask: { concurrency: number; ms: number }; answer: Round };
  /** Batches of hits. */
  many: { ask: { ms: number; count: number }; answer: Round };
  allocations: {
    ask: { operations: number; concurrency: number };
    answer: { bytesPerOperation: number };
  };
  /** `readers` concurrent reads of one cold record. */
  herd: {
    ask: { id: string; readers: number; loadMs: number; startAt: number };
    answer: { loads: number; latenciesMs: number[]; failures: number };
  };
  /** Invalidates the tag that every record carries; `stale`: later reads that did not reach the loader. */
  tag: {
    ask: { sample: number };
    answer: { invalidatedMs: number; stale: number; sampled: number };
  };
  /** A write and its invalidation while an older read is still loading, `trials` times. */
  races: { ask: { trials: number; loadMs: number }; answer: { stale: number } };
  /** Reads under a fault. A read without an answer after `giveUpMs` counts as hung. */
  outage: {
    ask: { ms: number; readers: number; giveUpMs: number; invalidate: boolean };
    answer: Outage;
  };
  /** After a fault: the number of reads with a record older than the last write. */
  staleness: { ask: { giveUpMs: number }; answer: { stale: number; unanswered: number } };
}

export interface Outage {
  /** The first read, in milliseconds; `null` without an answer in time. */
  firstMs: number | null;
  answered: number;
  failed: number;
  /** Reads that had neither an answer nor an error in time. */
  hung: number;
  p50Ms: number | null;
  p99Ms: number | null;
}

export type TaskName = keyof Tasks;

export type Request = { [Name in TaskName]: { task: Name; ask: Tasks[Name]['ask'] } }[TaskName];

export type Reply = { ok: true; answer: unknown } | { ok: false; reason: string };

/** The setup of a contender's process, passed on its command line. */
export interface ProcessSetup {
  contender: string;
  redisUrl: string;
  tier: 'redis' | 'local';
  tagged: boolean;
  commandTimeoutMs?: number;
}
