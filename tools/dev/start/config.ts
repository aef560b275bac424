import { readAuthConfig } from '@relay/auth';
import { readPostConfig } from '@relay/post';
import {
  ConfigError,
  password,
  port,
  postgresUrl,
  readConfig,
} from '@relay/service-kit/process/config';
import { redisConnection } from '@relay/service-kit/redis/connection';
import { z } from 'zod';

import type { RedisPlace } from '../../kit/redis-connection.ts';
import { relayDir, relayFiles } from './folder.ts';

/**
 * The services' settings with defaults for a workstation: the loopback address, ports 5000 and 5001, and
 * a database URL that is set later. Browsers send a cookie to every port of a host, so its name has the port:
 * two Relays do not overwrite each other's.
 *
 * @throws ConfigError that names each variable that is wrong
 */
export function readLocalConfig(environment: NodeJS.ProcessEnv) {
  const dir = relayDir(environment);
  const forServices = {
    ...environment,
    // Checked here, replaced once the database has started.
    DATABASE_URL: environment['DATABASE_URL'] || 'postgres://unknown',
    SIGNING_KEYS_DIR: environment['SIGNING_KEYS_DIR'] || relayFiles(dir).signingKeys,
    // Safari rejects secure cookies of http://localhost.
    COOKIE_SECURE: environment['COOKIE_SECURE'] || 'false',
  };
  const { own, auth, post } = readAll({
    own: () => readOwnConfig(environment),
    auth: () => readAuthConfig(forServices),
    post: () => readPostConfig(forServices),
  });
  const { HOST, PORT, ADMIN_PORT } = own;
  const redis: RedisPlace | undefined = post.REDIS_URL
    ? { url: post.REDIS_URL, ...redisConnection(post) }
    : undefined;
  return {
    dir,
    ownerUrl: own.DATABASE_URL,
    redis,
    serve: { HOST, PORT, ADMIN_PORT, SHUTDOWN_DEADLINE_MS: post.SHUTDOWN_DEADLINE_MS },
    auth: { ...auth, COOKIE_NAME: environment['COOKIE_NAME'] || `relay_refresh_${PORT}` },
    post,
  };
}

export type LocalConfig = ReturnType<typeof readLocalConfig>;

function readOwnConfig(environment: NodeJS.ProcessEnv) {
  const variables = {
    HOST: z.string().default('127.0.0.1'),
    PORT: port(5000),
    ADMIN_PORT: port(5001),
    DATABASE_URL: postgresUrl().optional(),
    DATABASE_PASSWORD: password(),
  };
  return readConfig(variables, environment);
}

/** Runs every reader, so that one message names all wrong settings. */
function readAll<Readers extends Record<string, () => unknown>>(
  readers: Readers,
): { [Name in keyof Readers]: ReturnType<Readers[Name]> } {
  // The services share variables: each problem is named once.
  const problems = new Set<string>();
  const read = Object.entries(readers).map(([name, reader]) => {
    try {
      return [name, reader()];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const line of error.message.split('\n')) problems.add(line);
      return [name, undefined];
    }
  });
  if (problems.size > 0) throw new ConfigError([...problems].join('\n'));
  return Object.fromEntries(read);
}
