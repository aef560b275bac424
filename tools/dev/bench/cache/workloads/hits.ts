import type { ContenderEntry } from '../contenders/contenders.ts';
import type { Fixture } from '../fixture.ts';
import type { ByContender, CacheResults, HitsCell } from '../results.ts';
import { compare } from '../rounds.ts';
import type { ProcessSetup, TaskName, Tasks } from '../tasks.ts';

const SIZES = [100, 2048, 51_200];
const CONCURRENCIES = [1, 64, 512];
const PAGE_BYTES = 2048;

/** Distinct records, so that no batch is of one key: more than readers at a time, and within Redis' memory. */
const KEYS = 600;

/** A read in the process takes less than the clock's resolution. */
const READS_PER_LOCAL_SAMPLE = 100;

/** Hits in Redis, of each size and concurrency: all records in turn, and one hot record. */
export function runHits(fixture: Fixture): Promise<HitsCell[]> {
  return withAll(fixture, {}, async ({ fill, run }) => {
    const cells: HitsCell[] = [];
    for (const sizeBytes of SIZES) {
      await fill(sizeBytes);
      for (const concurrency of CONCURRENCIES) {
        for (const hot of fixture.quick && sizeBytes !== PAGE_BYTES ? [false] : [false, true]) {
          const what = `Hits of ${sizeBytes} bytes, ${concurrency} at a time${hot ? ', one key' : ''}`;
          const ask = { concurrency, ms: fixture.milliseconds, hot };
          cells.push({ sizeBytes, concurrency, hot, measured: await run(what, 'hits', ask) });
        }
      }
    }
    return cells;
  });
}

/** Hits in the process, for contenders with an in-process tier. */
export function runLocalHits(fixture: Fixture): Promise<HitsCell[]> {
  return withAll(fixture, { tier: 'local' }, async ({ fill, run }) => {
    await fill(PAGE_BYTES);
    const cells: HitsCell[] = [];
    const loop = { concurrency: 1, ms: fixture.milliseconds, perSample: READS_PER_LOCAL_SAMPLE };
    for (const hot of [false, true]) {
      const what = `Hits in the process${hot ? ', one key' : ''}`;
      const measured = await run(what, 'hits', { ...loop, hot });
      cells.push({ sizeBytes: PAGE_BYTES, concurrency: 1, hot, measured });
    }
    return cells;
  });
}

/** Misses: a read, a load that takes no time, and a store. */
export function runMisses(fixture: Fixture): Promise<HitsCell[]> {
  return withAll(fixture, {}, async ({ fill, run }) => {
    const cells: HitsCell[] = [];
    for (const concurrency of [1, 64]) {
      await fill(PAGE_BYTES, 1);
      const ask = { concurrency, ms: fixture.milliseconds };
      const measured = await run(`Misses, ${concurrency} at a time`, 'misses', ask);
      cells.push({ sizeBytes: PAGE_BYTES, concurrency, hot: false, measured });
    }
    return cells;
  });
}

/** Batches of 50 hits. */
export function runMany(fixture: Fixture): Promise<NonNullable<CacheResults['many']>> {
  const count = 50;
  return withAll(
    fixture,
    {},
    async ({ fill, run }) => {
      await fill(PAGE_BYTES);
      const ask = { ms: fixture.milliseconds, count };
      return { count, measured: await run(`Batches of ${count}`, 'many', ask) };
    },
    ({ many, form }) => many || form === 'object',
  );
}

/** Bytes allocated by a hit, 64 at a time. */
export function runAllocations(
  fixture: Fixture,
): Promise<NonNullable<CacheResults['allocations']>> {
  return withAll(fixture, {}, async ({ processes, fill }) => {
    const results: NonNullable<CacheResults['allocations']> = [];
    for (const sizeBytes of SIZES) {
      console.log(`Allocations of a hit of ${sizeBytes} bytes`);
      await fill(sizeBytes);
      const ask = { operations: sizeBytes > 10_000 ? 600 : 5000, concurrency: 64 };
      const measured: ByContender<number> = {};
      for (const process of processes) {
        const { bytesPerOperation } = await process.run('allocations', ask);
        measured[process.name] = bytesPerOperation;
      }
      results.push({ sizeBytes, measured });
    }
    return results;
  });
}

/** Starts the contenders with a tier in Redis, or in the process, for one workload. */
function withAll<T>(
  fixture: Fixture,
  setup: Partial<Pick<ProcessSetup, 'tier'>>,
  use: (all: ReturnType<typeof together>) => Promise<T>,
  only: (entry: ContenderEntry) => boolean = () => true,
): Promise<T> {
  const entries = fixture.contendersOf(setup.tier ?? 'redis').filter(only);
  return fixture.withContenders(entries, setup, (processes) => use(together(fixture, processes)));
}

type Processes = Parameters<typeof compare>[0];
type TimedTask = Extract<TaskName, 'hits' | 'misses' | 'many'>;

function together(fixture: Fixture, processes: Processes) {
  return {
    processes,
    /** Empties Redis, and fills in records of a size. */
    async fill(sizeBytes: number, keys = KEYS): Promise<void> {
      await fixture.flush();
      for (const process of processes) await process.run('fill', { sizeBytes, keys });
    },
    run<Name extends TimedTask>(what: string, task: Name, ask: Tasks[Name]['ask']) {
      console.log(what);
      return compare(processes, fixture.rounds, (process) => process.run(task, ask));
    },
  };
}
