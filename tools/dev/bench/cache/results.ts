import type { Measured } from './rounds.ts';
import type { Outage } from './tasks.ts';

/** Each figure of a table, by contender and in the order of the table. */
export type ByContender<T> = Record<string, T>;

export interface HitsCell {
  sizeBytes: number;
  concurrency: number;
  /** One record for all reads, or all records in turn. */
  hot: boolean;
  measured: ByContender<Measured>;
}

export interface HerdResult {
  processes: number;
  readers: number;
  loadMs: number;
  measured: ByContender<{ loads: number; p50Ms: number; p99Ms: number; failures: number }>;
}

export interface TagsResult {
  keys: number;
  measured: ByContender<{
    hitP50Us: number;
    invalidatedMs: number;
    stale: number;
    sampled: number;
  }>;
}

export interface OutageResult {
  measured: ByContender<{ during: Outage; after: { stale: number; unanswered: number } }>;
}

/** The results of one run, without the workloads that were not selected. */
export interface CacheResults {
  node: string;
  redis: string;
  cpus: string;
  rounds: number;
  milliseconds: number;
  hits?: HitsCell[];
  local?: HitsCell[];
  misses?: HitsCell[];
  many?: { count: number; measured: ByContender<Measured> };
  allocations?: { sizeBytes: number; measured: ByContender<number> }[];
  herd?: HerdResult[];
  tags?: TagsResult;
  races?: { trials: number; measured: ByContender<number> };
  outage?: OutageResult;
}
