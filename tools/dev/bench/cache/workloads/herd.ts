import { medians } from '../../median.ts';
import type { ContenderProcess } from '../contender-process.ts';
import type { Fixture } from '../fixture.ts';
import { percentiles } from '../measure.ts';
import type { HerdResult } from '../results.ts';

const READERS = 1000;
const LOAD_MS = 50;

/** Long enough for every process to receive its task. */
const LEAD_MS = 200;

/** A thousand readers of one cold record: in one process, and spread over three. */
export async function runHerd(fixture: Fixture): Promise<HerdResult[]> {
  const results: HerdResult[] = [];
  for (const processes of [1, 3]) {
    console.log(`A herd of ${READERS} readers in ${processes} process${processes > 1 ? 'es' : ''}`);
    const readers = Math.floor(READERS / processes);
    const measured: HerdResult['measured'] = {};
    for (const entry of fixture.oneOfEach()) {
      const same = Array.from({ length: processes }, () => entry);
      measured[entry.name] = await fixture.withContenders(same, {}, async (herd) => {
        for (const process of herd) await process.run('fill', { sizeBytes: 2048, keys: 20 });
        const runs: HerdRun[] = [];
        for (let run = 0; run <= fixture.rounds; run += 1) {
          const result = await stampede(herd, `herd-${processes}-${run}`, readers);
          if (run > 0) runs.push(result);
        }
        return medians(runs);
      });
    }
    results.push({ processes, readers: readers * processes, loadMs: LOAD_MS, measured });
  }
  return results;
}

type HerdRun = HerdResult['measured'][string];

async function stampede(herd: ContenderProcess[], id: string, readers: number): Promise<HerdRun> {
  const ask = { id, readers, loadMs: LOAD_MS, startAt: Date.now() + LEAD_MS };
  const answers = await Promise.all(herd.map((process) => process.run('herd', ask)));
  const { p50Us, p99Us } = percentiles(answers.flatMap(({ latenciesMs }) => latenciesMs));
  const sum = (figure: 'loads' | 'failures') =>
    answers.reduce((total, answer) => total + answer[figure], 0);
  return {
    loads: sum('loads'),
    failures: sum('failures'),
    p50Ms: p50Us / 1000,
    p99Ms: p99Us / 1000,
  };
}
