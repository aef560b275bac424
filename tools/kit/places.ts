import {
  flag,
  httpUrl,
  password,
  postgresUrl,
  readConfig,
  redisUrl,
} from '@relay/service-kit/process/config';

import type { RedisPlace } from './redis-connection.ts';

/** What the environment names. */
interface GivenPlaces {
  databaseUrl: string | undefined;
  redis: RedisPlace | undefined;
  apiUrl: string | undefined;
  adminUrl: string | undefined;
}

/**
 * The places that the environment names, with their passwords, read in the same way by all commands.
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

const withoutSlash = (url: string) => url.replace(/\/+$/, '');
