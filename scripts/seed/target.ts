import { postgresUrl, readConfig, redisUrl } from '@relay/service-kit';

import { relayDir } from '../start/config.ts';
import { prepareDatabase } from '../start/postgres.ts';
import { findRunning } from '../start/running.ts';

/** What is filled. */
export interface Target {
  databaseUrl: string;
  /** Where entries may be that the new rows make old. */
  cache: { redisUrl: string } | 'in the running process' | 'unknown' | 'none';
  described: string;
}

interface TargetOptions {
  environment: NodeJS.ProcessEnv;
  defer: (stop: () => Promise<void>) => void;
  log: (message: string) => void;
}

/**
 * The database of DATABASE_URL, else the running Relay's, else the one on Relay's folder, which is
 * started for as long as this takes.
 *
 * @throws ConfigError, LocalServiceError, MigrationError
 */
export async function findTarget({ environment, defer, log }: TargetOptions): Promise<Target> {
  const given = readConfig(
    { DATABASE_URL: postgresUrl().optional(), REDIS_URL: redisUrl().optional() },
    environment,
  );
  const dir = relayDir(environment);
  const running = await findRunning(dir);
  const databaseUrl = given.DATABASE_URL ?? running?.databaseUrl;
  if (databaseUrl === undefined) {
    return startTarget({ dir, givenRedisUrl: given.REDIS_URL, defer, log });
  }
  const described = given.DATABASE_URL ? 'the database of DATABASE_URL' : 'the running Relay';
  const url = given.REDIS_URL;
  if (url) return { databaseUrl, described, cache: { redisUrl: url } };
  if (running?.databaseUrl !== databaseUrl) return { databaseUrl, described, cache: 'unknown' };
  const cache = running.redisUrl ? { redisUrl: running.redisUrl } : 'in the running process';
  return { databaseUrl, described, cache };
}

async function startTarget(options: {
  dir: string;
  givenRedisUrl: string | undefined;
  defer: TargetOptions['defer'];
  log: TargetOptions['log'];
}): Promise<Target> {
  const { dir, givenRedisUrl, defer, log } = options;
  log(`Starting the database on ${dir}`);
  const { ownerUrl } = await prepareDatabase({ dir, ownerUrl: undefined, defer, log });
  // The Redis that `npm start` starts is empty at first; one of the user's own may not be.
  const cache = givenRedisUrl ? { redisUrl: givenRedisUrl } : 'none';
  return { databaseUrl: ownerUrl, described: `the database on ${dir}`, cache };
}
