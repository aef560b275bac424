import { readFlags, wholeNumber } from '../../../kit/flags.ts';

export const HTTP_USAGE = `Measures Relay's speed against a bare Koa, and the queries it saves, side by side.

  npm run bench -- [options]
  npm run bench -- cache [options]     @relay/cache beside other libraries: see its own --help

  --rounds <n>       rounds, of which the median counts     (5)
  --seconds <n>      the length of each measurement         (4)
  --connections <n>  clients at a time, beside one alone    (64)
  --out <folder>     where latest.json is written           (bench-results)
  --help

It starts a Postgres and a Redis of its own, on free ports and in a temporary folder.`;

export interface HttpBenchOptions {
  rounds: number;
  seconds: number;
  connections: number;
  out: string;
}

/** @throws UsageError */
export function parseHttpOptions(args: string[]): HttpBenchOptions {
  const values = readFlags(args, {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '64' },
    out: { type: 'string', default: 'bench-results' },
  });
  return {
    rounds: wholeNumber('--rounds', values.rounds, 1, 100),
    seconds: wholeNumber('--seconds', values.seconds, 1, 60),
    connections: wholeNumber('--connections', values.connections, 2, 1000),
    out: values.out,
  };
}
