import { medians } from '../median.ts';
import type { ContenderProcess } from './contender-process.ts';
import type { Round } from './measure.ts';

/** The median of each figure over all rounds of one contender. */
export type Measured = Omit<Round, 'operations'> & { loads: number };

/**
 * Measures the contenders in turn, round after round, so that a slow moment of the machine meets all
 * of them. The first round warms up and does not count.
 *
 * @returns the medians by name
 */
export async function compare(
  processes: readonly ContenderProcess[],
  rounds: number,
  measure: (process: ContenderProcess) => Promise<Round & { loads?: number }>,
): Promise<Record<string, Measured>> {
  const results = new Map(processes.map(({ name }) => [name, new Array<Measured>()]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const process of processes) {
      const { operations: _, ...measured } = await measure(process);
      if (round > 0) results.get(process.name)!.push({ loads: 0, ...measured });
    }
  }
  return Object.fromEntries([...results].map(([name, all]) => [name, medians(all)]));
}
