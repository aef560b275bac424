import { readPlaces } from '../../kit/places.ts';
import type { RedisPlace } from '../../kit/redis-connection.ts';
import { relayDir } from '../start/folder.ts';
import { prepareDatabase } from '../start/postgres.ts';
import { findRunning } from '../start/running.ts';

/** The database to fill, and the cache in front of it. */
export interface Target {
  databaseUrl: string;
  /** The place of cache entries that the new rows outdate. */
  cache: RedisPlace | 'in the running process' | 'unknown' | 'none';
  described: string;
}

interface TargetOptions {
  environment: NodeJS.ProcessEnv;
  defer: (stop: () => Promise<void>) => void;
  log: (message: string) => void;
}

/**
 * The database of DATABASE_URL, else of the running Relay, else of Relay's folder, which is started and
 * stopped again.
 *
 * @throws ConfigError, DevServerError, UserError, MigrationError
 */
export async function findTarget({ environment, defer, log }: TargetOptions): Promise<Target> {
  const given = readPlaces(environment);
  const dir = relayDir(environment);
  const running = await findRunning(dir);
  const databaseUrl = given.databaseUrl ?? running?.databaseUrl;
  if (databaseUrl === undefined) return startTarget({ dir, givenRedis: given.redis, defer, log });
  const described = given.databaseUrl
    ? `the database of DATABASE_URL at ${new URL(databaseUrl).host}`
    : `the running Relay: ${running?.apiUrl}`;
  if (given.redis) return { databaseUrl, described, cache: given.redis };
  if (running?.databaseUrl !== databaseUrl) return { databaseUrl, described, cache: 'unknown' };
  return { databaseUrl, described, cache: running.redis ?? 'in the running process' };
}

async function startTarget(options: {
  dir: string;
  givenRedis: RedisPlace | undefined;
  defer: TargetOptions['defer'];
  log: TargetOptions['log'];
}): Promise<Target> {
  const { dir, givenRedis, defer, log } = options;
  log(`No Relay runs on ${dir}: its database is started for this, and stopped afterwards.`);
  const { ownerUrl } = await prepareDatabase({ dir, ownerUrl: undefined, defer, log, warn: log });
  // The Redis of `npm start` starts empty; one of the user's own may have entries.
  const cache = givenRedis ?? 'none';
  return { databaseUrl: ownerUrl, described: `the database on ${dir}`, cache };
}
