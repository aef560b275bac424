import {
  flag,
  httpUrl,
  password,
  postgresUrl,
  readConfig,
  redisUrl,
} from '@relay/service-kit/process/config';

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
      REDIS_URL: redisUrl().optional(),
      REDIS_PASSWORD: password(),
      REDIS_CLUSTER: flag(false),
    },
    environment,
  );
  return {
    databaseUrl: given.DATABASE_URL,
    redis: given.REDIS_URL ? { url: given.REDIS_URL, cluster: given.REDIS_CLUSTER } : undefined,
    apiUrl: given.BASE_URL && withoutSlash(given.BASE_URL),
    adminUrl: given.ADMIN_URL && withoutSlash(given.ADMIN_URL),
  };
}
