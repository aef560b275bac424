import { UsageError } from '../../kit/cli.ts';
import { readWords } from '../../kit/flags.ts';

export const USAGE = `Looks into the Redis of the Relay that runs on this machine, or takes it away for a while.

  npm run redis -- get <key>  the entry of a key, such as posts:all, and its time to live
  npm run redis -- stop       ends the Redis that "npm start" started: reads come from Postgres
  npm run redis -- start      starts it again, empty
  npm run redis -- --help

Which Relay: that of the folder RELAY_DIR (.relay). A Redis that Relay has not started is read and
never stopped.`;

export type RedisOptions = { action: 'get'; key: string } | { action: 'stop' | 'start' };

/** @throws UsageError */
export function parseOptions(args: string[]): RedisOptions {
  const words = readWords(args);
  const [action, key] = words;
  if (action === 'get' && key !== undefined && words.length === 2) return { action, key };
  if ((action === 'stop' || action === 'start') && words.length === 1) return { action };
  throw new UsageError(`Not a command: "${words.join(' ')}"\n\n${USAGE}`);
}
