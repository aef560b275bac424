import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { CacheBenchOptions } from './options.ts';
import { formatCacheReport } from './report.ts';
import type { CacheResults } from './results.ts';
import { runHerd } from './scenarios/herd.ts';
import { runAllocations, runHits, runLocalHits, runMany, runMisses } from './scenarios/hits.ts';
import { runOutage } from './scenarios/outage.ts';
import { runRaces, runTags } from './scenarios/writes.ts';
import { prepareStage } from './stage.ts';

const RUNNERS = {
  hits: runHits,
  local: runLocalHits,
  misses: runMisses,
  many: runMany,
  allocations: runAllocations,
  herd: runHerd,
  tags: runTags,
  races: runRaces,
  outage: runOutage,
};

/** Compares the caches, prints tables, and writes `cache.json`. */
export async function benchCache(
  { scenarios, out, ...options }: CacheBenchOptions,
  started: AsyncDisposableStack,
): Promise<void> {
  const stage = await prepareStage(options, started);
  const results: CacheResults = {
    node: process.version,
    redis: stage.redisVersion,
    cpus: stage.cpus,
    rounds: stage.rounds,
    milliseconds: stage.milliseconds,
  };
  await mkdir(out, { recursive: true });
  const file = path.join(out, 'cache.json');
  try {
    for (const scenario of scenarios) {
      Object.assign(results, { [scenario]: await RUNNERS[scenario](stage) });
      await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
    }
  } finally {
    // A scenario that fails costs no results of those before it.
    console.log(formatCacheReport(results));
  }
  console.log(`Written to ${file}`);
}
