import { performance } from 'node:perf_hooks';
import { GCProfiler, type HeapStatistics } from 'node:v8';

/** One round of one contender. Times are in microseconds. */
export interface Round {
  operations: number;
  operationsPerSecond: number;
  p50Us: number;
  p99Us: number;
  /** User and system time of the whole process, this loop included. */
  cpuUsPerOperation: number;
}

export interface LoopOptions {
  concurrency: number;
  ms: number;
  /** Operations in a row per sample, for operations shorter than the clock's resolution. Default 1. */
  perSample?: number;
  operate: () => Promise<unknown>;
}

/** A closed loop: each of `concurrency` loops sends its next operation once it has its answer. */
export async function measureLoop(options: LoopOptions): Promise<Round> {
  const { concurrency, ms, perSample = 1, operate } = options;
  const samples: number[] = [];
  const cpu = process.cpuUsage();
  const start = performance.now();
  const end = start + ms;
  const loop = async () => {
    for (let from = performance.now(); from < end;) {
      for (let i = 0; i < perSample; i += 1) await operate();
      const to = performance.now();
      samples.push(to - from);
      from = to;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
  const elapsedMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const operations = samples.length * perSample;
  return {
    operations,
    operationsPerSecond: operations / (elapsedMs / 1000),
    ...percentiles(samples.map((sample) => sample / perSample)),
    cpuUsPerOperation: (user + system) / operations,
  };
}

/** @param samples in milliseconds; sorted in place */
export function percentiles(samples: number[]): { p50Us: number; p99Us: number } {
  samples.sort((a, b) => a - b);
  const at = (share: number) =>
    (samples[Math.min(samples.length - 1, Math.floor(samples.length * share))] ?? Number.NaN) *
    1000;
  return { p50Us: at(0.5), p99Us: at(0.99) };
}

/**
 * Bytes that one operation allocates, on the heap and in buffers outside it: the growth in use
 * over all operations, plus the bytes that each collection freed meanwhile, as V8 reports them.
 */
export async function measureAllocations(
  operations: number,
  concurrency: number,
  operate: () => Promise<unknown>,
): Promise<number> {
  let left = operations;
  const loop = async () => {
    while (left > 0) {
      left -= 1;
      await operate();
    }
  };
  const profiler = new GCProfiler();
  const before = usedBytes();
  profiler.start();
  await Promise.all(Array.from({ length: concurrency }, loop));
  const { statistics } = profiler.stop();
  const freed = statistics.reduce(
    (sum, { beforeGC, afterGC }) =>
      sum + inUse(beforeGC.heapStatistics) - inUse(afterGC.heapStatistics),
    0,
  );
  return (usedBytes() - before + freed) / operations;
}

function inUse({ usedHeapSize, externalMemory }: HeapStatistics): number {
  return usedHeapSize + externalMemory;
}

function usedBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
