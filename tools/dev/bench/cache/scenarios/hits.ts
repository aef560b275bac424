import type { ByContender, CacheResults, HitsCell } from '../results.ts';
import { compare, type Measured } from '../rounds.ts';
import type { Stage } from '../stage.ts';

const SIZES = [100, 2048, 51_200];
const CONCURRENCIES = [1, 64, 512];

/** Distinct records, so that no batch is of one key: more than readers at a time, and within Redis' memory. */
const KEYS = 600;

/** A read in the process takes less than the clock can tell. */
const READS_PER_LOCAL_SAMPLE = 100;

/** Hits in Redis, of each size and concurrency: all records in turn, and one hot record. */
export async function runHits(stage: Stage): Promise<HitsCell[]> {
  const { rounds, milliseconds: ms, quick } = stage;
  return stage.withContenders(stage.contendersOf('redis'), {}, async (processes) => {
    const cells: HitsCell[] = [];
    for (const sizeBytes of SIZES) {
      await stage.flush();
      for (const process of processes) await process.run('fill', { sizeBytes, keys: KEYS });
      for (const concurrency of CONCURRENCIES) {
        for (const hot of quick && sizeBytes !== 2048 ? [false] : [false, true]) {
          console.log(
            `Hits of ${sizeBytes} bytes, ${concurrency} at a time${hot ? ', one key' : ''}`,
          );
          const measured = await compare(processes, rounds, (process) =>
            process.run('hits', { concurrency, ms, hot }),
          );
          cells.push({ sizeBytes, concurrency, hot, measured: Object.fromEntries(measured) });
        }
      }
    }
    return cells;
  });
}

/** Hits in the process, for contenders with an in-process tier. */
export async function runLocalHits(stage: Stage): Promise<HitsCell[]> {
  const { rounds, milliseconds: ms } = stage;
  await stage.flush();
  return stage.withContenders(stage.contendersOf('local'), { tier: 'local' }, async (processes) => {
    const cells: HitsCell[] = [];
    const sizeBytes = 2048;
    for (const process of processes) await process.run('fill', { sizeBytes, keys: KEYS });
    for (const hot of [false, true]) {
      console.log(`Hits in the process${hot ? ', one key' : ''}`);
      const ask = { concurrency: 1, ms, hot, perSample: READS_PER_LOCAL_SAMPLE };
      const measured = await compare(processes, rounds, (process) => process.run('hits', ask));
      cells.push({ sizeBytes, concurrency: 1, hot, measured: Object.fromEntries(measured) });
    }
    return cells;
  });
}

/** Misses: a read, a load that takes no time, and a store. */
export async function runMisses(stage: Stage): Promise<HitsCell[]> {
  const { rounds, milliseconds: ms } = stage;
  return stage.withContenders(stage.contendersOf('redis'), {}, async (processes) => {
    const cells: HitsCell[] = [];
    const sizeBytes = 2048;
    for (const concurrency of [1, 64]) {
      await stage.flush();
      for (const process of processes) await process.run('fill', { sizeBytes, keys: 1 });
      console.log(`Misses, ${concurrency} at a time`);
      const measured = await compare(processes, rounds, async (process) =>
        process.run('misses', { concurrency, ms }),
      );
      cells.push({ sizeBytes, concurrency, hot: false, measured: Object.fromEntries(measured) });
    }
    return cells;
  });
}

/** Batches of 50 hits. */
export async function runMany(
  stage: Stage,
): Promise<{ count: number; measured: ByContender<Measured> }> {
  const { rounds, milliseconds: ms } = stage;
  const count = 50;
  const entries = stage.contendersOf('redis').filter(({ many, form }) => many || form === 'object');
  await stage.flush();
  return stage.withContenders(entries, {}, async (processes) => {
    for (const process of processes) await process.run('fill', { sizeBytes: 2048, keys: KEYS });
    console.log(`Batches of ${count}`);
    const measured = await compare(processes, rounds, (process) =>
      process.run('many', { ms, count }),
    );
    return { count, measured: Object.fromEntries(measured) };
  });
}

/** Bytes allocated by a hit, 64 at a time. */
export async function runAllocations(
  stage: Stage,
): Promise<NonNullable<CacheResults['allocations']>> {
  return stage.withContenders(stage.contendersOf('redis'), {}, async (processes) => {
    const results: NonNullable<CacheResults['allocations']> = [];
    for (const sizeBytes of SIZES) {
      console.log(`Allocations of a hit of ${sizeBytes} bytes`);
      await stage.flush();
      const measured: ByContender<number> = {};
      for (const process of processes) {
        await process.run('fill', { sizeBytes, keys: KEYS });
        const operations = sizeBytes > 10_000 ? 600 : 5000;
        const ask = { operations, concurrency: 64 };
        const { bytesPerOperation } = await process.run('allocations', ask);
        measured[process.name] = bytesPerOperation;
      }
      results.push({ sizeBytes, measured });
    }
    return results;
  });
}
