import { median } from '../../median.ts';
import type { Fixture } from '../fixture.ts';
import type { CacheResults, TagsResult } from '../results.ts';

const TAGGED_KEYS = 10_000;
const SAMPLE = 200;

/** Invalidates a tag of 10,000 records, and measures tagged hits before it. For contenders with tags. */
export async function runTags(fixture: Fixture): Promise<TagsResult> {
  const measured: TagsResult['measured'] = {};
  for (const entry of fixture.oneOfEach().filter(({ tags }) => tags)) {
    console.log(`A tag of ${TAGGED_KEYS} keys: ${entry.name}`);
    await fixture.flush();
    measured[entry.name] = await fixture.withContenders(
      [entry],
      { tagged: true },
      async ([process]) => {
        const runs = [];
        let hitP50Us = 0;
        for (let round = 0; round < Math.min(fixture.rounds, 3); round += 1) {
          await process!.run('fill', { sizeBytes: 100, keys: TAGGED_KEYS });
          const ask = { concurrency: 1, ms: fixture.milliseconds * 2, hot: false };
          ({ p50Us: hitP50Us } = await process!.run('hits', ask));
          runs.push(await process!.run('tag', { sample: SAMPLE }));
        }
        return {
          hitP50Us,
          invalidatedMs: median(runs.map(({ invalidatedMs }) => invalidatedMs)),
          stale: runs.reduce((sum, { stale }) => sum + stale, 0),
          sampled: runs.reduce((sum, { sampled }) => sum + sampled, 0),
        };
      },
    );
  }
  return { keys: TAGGED_KEYS, measured };
}

/** Writes that are invalidated while an older read loads. Counts the reads that store the old value. */
export async function runRaces(fixture: Fixture): Promise<NonNullable<CacheResults['races']>> {
  const trials = fixture.quick ? 30 : 100;
  console.log(`${trials} writes during a slow read`);
  return fixture.withContenders(fixture.oneOfEach(), {}, async (processes) => {
    // Nothing is timed here, so all run at once.
    const results = await Promise.all(
      processes.map(async (process) => {
        const { stale } = await process.run('races', { trials, loadMs: 30 });
        return [process.name, stale] as const;
      }),
    );
    return { trials, measured: Object.fromEntries(results) };
  });
}
