import { parseArgs } from 'node:util';

import { BUGS, type Bug } from './messages.ts';

export interface Options {
  isShort: boolean;
  /** The calm scenario continues until the whole run has this many racy reads. */
  racyReads: number;
  /** The calm scenario continues until the whole run has taken this long. */
  minutes: number;
  only: readonly string[];
  seed: number;
  bug: Bug | undefined;
  boundSeconds: number;
  pods: number;
  help: boolean;
}

export const HELP = `npm run consistency -- [options]

Several pods, one Redis, one Postgres: writers stamp versions, readers aim at the 50 ms after an
acknowledgement, faults at every step. Ends with a table and a verdict, and with exit code 1 if a
rule is broken.

  --short            a part of the scenarios, each for a few seconds
  --racy-reads N     continues without faults until the run has N racy reads
  --minutes N        continues without faults until the run has taken N minutes
  --only NAME        this scenario only; can be repeated
  --bug NAME         with a seeded mistake: ${BUGS.join(', ')}
  --bound-s N        how long staleness may last under a fault (default 10)
  --pods N           processes of the service (default 3)
  --seed N           of the random choices (default 1)
  --help             this text

The long run of the README: npm run consistency -- --racy-reads 3000000
`;

/** @throws Error for an argument that is unknown or of the wrong form */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      short: { type: 'boolean', default: false },
      'racy-reads': { type: 'string', default: '0' },
      minutes: { type: 'string', default: '0' },
      only: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string', default: '1' },
      bug: { type: 'string' },
      'bound-s': { type: 'string', default: '10' },
      pods: { type: 'string', default: '3' },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    isShort: values.short,
    racyReads: positive(values['racy-reads'], 'racy-reads'),
    minutes: positive(values.minutes, 'minutes'),
    only: values.only,
    seed: positive(values.seed, 'seed'),
    bug: parseBug(values.bug),
    boundSeconds: positive(values['bound-s'], 'bound-s'),
    pods: Math.max(3, positive(values.pods, 'pods')),
    help: values.help,
  };
}

function parseBug(name: string | undefined): Bug | undefined {
  if (name === undefined) return undefined;
  const bug = BUGS.find((known) => known === name);
  if (bug === undefined) throw new Error(`--bug is one of ${BUGS.join(', ')}`);
  return bug;
}

function positive(text: string, name: string): number {
  const value = Number(text);
  if (!(value >= 0) || text.trim() === '') throw new Error(`--${name} is a number from 0 up`);
  return value;
}
