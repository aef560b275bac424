import {
  httpUrl,
  password,
  postgresUrl,
  readConfig,
  redisVariables,
} from '@relay/service-kit/process/config';
import { redisConnection } from '@relay/service-kit/redis/connection';

import type { RedisPlace } from './redis-connection.ts';
import { withoutSlash } from './urls.ts';

/** The places in the environment; undefined if not set. */
interface GivenPlaces {
  databaseUrl: string | undefined;
  redis: RedisPlace | undefined;
  apiUrl: string | undefined;
  adminUrl: string | undefined;
}

/**
 * Reads the places of the environment, with their passwords, for every command.
 *
 * @throws ConfigError that names each variable that is wrong
 */
export function readPlaces(environment: NodeJS.ProcessEnv): GivenPlaces {
  const given = readConfig(
    {
      BASE_URL: httpUrl().optional(),
      ADMIN_URL: httpUrl().optional(),
      DATABASE_URL: postgresUrl().optional(),
      DATABASE_PASSWORD: password(),
      ...redisVariables,
    },
    environment,
  );
  return {
    databaseUrl: given.DATABASE_URL,
    redis: given.REDIS_URL ? { url: given.REDIS_URL, ...redisConnection(given) } : undefined,
    apiUrl: given.BASE_URL && withoutSlash(given.BASE_URL),
    adminUrl: given.ADMIN_URL && withoutSlash(given.ADMIN_URL),
  };
}
