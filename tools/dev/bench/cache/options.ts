import { UsageError } from '../../../kit/cli.ts';
import { readFlags, wholeNumber } from '../../../kit/flags.ts';
import { CONTENDERS } from './contenders/contenders.ts';

export const WORKLOADS = [
  'hits',
  'local',
  'misses',
  'many',
  'allocations',
  'herd',
  'tags',
  'races',
  'outage',
] as const;

export type Workload = (typeof WORKLOADS)[number];

export const CACHE_USAGE = `Compares @relay/cache with raw ioredis and with other cache libraries, on one Redis.

  npm run bench -- cache [options]

  --quick                a run of a minute or two: fewer and shorter rounds
  --rounds <n>           rounds, of which the median counts   (5, quick 3)
  --milliseconds <n>     the length of each measurement       (200, quick 100)
  --contenders <a,b>     those with one of these in their name   (all)
  --workloads <a,b>      ${WORKLOADS.join(', ')} (all)
  --out <folder>         where cache.json is written          (bench-results)
  --help

It starts a Redis of its own, on a free port and in a temporary folder. Each contender runs in a process of its own.`;

export interface CacheBenchOptions {
  quick: boolean;
  rounds: number;
  milliseconds: number;
  workloads: readonly Workload[];
  /** Parts of names; empty for all. */
  contenders: readonly string[];
  out: string;
}

/** @throws UsageError */
export function parseCacheOptions(args: string[]): CacheBenchOptions {
  const values = readFlags(args, {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    milliseconds: { type: 'string' },
    contenders: { type: 'string', default: '' },
    workloads: { type: 'string', default: WORKLOADS.join(',') },
    out: { type: 'string', default: 'bench-results' },
  });
  const { quick } = values;
  return {
    quick,
    rounds: wholeNumber('--rounds', values.rounds ?? (quick ? '3' : '5'), 1, 100),
    milliseconds: wholeNumber(
      '--milliseconds',
      values.milliseconds ?? (quick ? '100' : '200'),
      10,
      60_000,
    ),
    contenders: parseContenders(values.contenders),
    workloads: values.workloads.split(',').map(parseWorkload),
    out: values.out,
  };
}

function parseWorkload(text: string): Workload {
  const found = WORKLOADS.find((workload) => workload === text);
  if (found) return found;
  throw new UsageError(`--workloads: there is no "${text}". There are: ${WORKLOADS.join(', ')}`);
}

function parseContenders(text: string): string[] {
  const parts = text.split(',').filter((part) => part !== '');
  for (const part of parts) {
    if (CONTENDERS.some(({ name }) => name.includes(part))) continue;
    const names = CONTENDERS.map(({ name }) => name).join('\n  ');
    throw new UsageError(`--contenders: none has "${part}" in its name. There are:\n  ${names}`);
  }
  return parts;
}
