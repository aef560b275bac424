import { UsageError } from '../../kit/cli.ts';
import { readFlags, wholeNumber } from '../../kit/flags.ts';
import type { Wanted } from './amounts.ts';

export const USAGE = `Fills Relay's database with users, posts and votes.

  npm run seed -- [options]

  --users <n>       users to add, named user1, user2 and so on   (1000)
  --posts <n>       posts to add, by all users that there are    (10000)
  --votes <n>       votes to add, on these posts                 (5 for each)
  --seed-value <n>  another number gives other content           (1)
  --yes             also fill a database that is not on this machine
  --help

It fills the database of DATABASE_URL, else of the Relay that runs on this machine, else the database
that "npm start" keeps in .relay. Each run adds to existing rows.`;

export interface SeedOptions extends Wanted {
  seedValue: number;
  /** Fill a database of another machine too. */
  yes: boolean;
}

const MAX_ROWS = 10_000_000;

/** @throws UsageError */
export function parseOptions(args: string[]): SeedOptions {
  const values = readFlags(args, {
    users: { type: 'string' },
    posts: { type: 'string' },
    votes: { type: 'string' },
    'seed-value': { type: 'string', default: '1' },
    yes: { type: 'boolean', default: false },
  });
  const options = {
    users: rows('--users', values.users),
    posts: rows('--posts', values.posts),
    votes: rows('--votes', values.votes),
    seedValue: wholeNumber('--seed-value', values['seed-value'], 0, MAX_ROWS),
    yes: values.yes,
  };
  if (options.votes && options.posts === 0) {
    throw new UsageError(
      '--votes: votes go to the posts of the same run, so --posts must not be 0',
    );
  }
  return options;
}

function rows(flag: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : wholeNumber(flag, text, 0, MAX_ROWS);
}
