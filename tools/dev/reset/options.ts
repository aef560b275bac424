import { readFlags } from '../../kit/flags.ts';

export const USAGE = `Deletes all data of the Relay on this machine: users, posts, votes, signing keys, the cache.

  npm run reset -- [options]

  --yes   without a question
  --help

Which Relay: that of the folder RELAY_DIR (.relay). It must not run. A database of DATABASE_URL and
a Redis of REDIS_URL are left alone.`;

export interface ResetOptions {
  yes: boolean;
}

/** @throws UsageError */
export function parseOptions(args: string[]): ResetOptions {
  return readFlags(args, { yes: { type: 'boolean', default: false } });
}
