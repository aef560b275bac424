import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { DevServerError } from '@relay/dev-servers';

import { disposedOnSignals } from '../disposed-on-signals.ts';
import { createFixture } from './fixture.ts';
import type { CacheBenchOptions } from './options.ts';
import { formatCacheReport } from './report.ts';
import type { CacheResults } from './results.ts';
import { runHerd } from './workloads/herd.ts';
import { runAllocations, runHits, runLocalHits, runMany, runMisses } from './workloads/hits.ts';
import { runOutage } from './workloads/outage.ts';
import { runRaces, runTags } from './workloads/writes.ts';

export const expectedErrors = [DevServerError];

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
export async function run({ workloads, out, ...options }: CacheBenchOptions): Promise<void> {
  await using started = disposedOnSignals();
  const fixture = await createFixture(options, started);
  const results: CacheResults = {
    node: process.version,
    redis: fixture.redisVersion,
    cpus: fixture.cpus,
    rounds: fixture.rounds,
    milliseconds: fixture.milliseconds,
  };
  await mkdir(out, { recursive: true });
  const file = path.join(out, 'cache.json');
  try {
    for (const workload of workloads) {
      Object.assign(results, { [workload]: await RUNNERS[workload](fixture) });
      await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
    }
  } finally {
    // Prints the results so far after a failed workload.
    console.log(formatCacheReport(results));
  }
  console.log(`Written to ${file}`);
}
