import {
  databaseVariables,
  flag,
  httpVariables,
  readConfig,
  redisVariables,
  wholeNumber,
} from '@relay/service-kit/process/config';
import { z } from 'zod';

const DAY_SECONDS = 24 * 3600;
const MAX_PER_MINUTE = 1_000_000;

/** The environment variables of the service, with their types. */
export const authVariables = {
  ...httpVariables,
  ...databaseVariables,
  ...redisVariables,
  SIGNING_KEYS_DIR: z.string(),
  // An access token cannot be revoked, hence the maximum.
  ACCESS_TOKEN_SECONDS: wholeNumber(900, 1, DAY_SECONDS),
  REFRESH_TOKEN_SECONDS: wholeNumber(30 * DAY_SECONDS, 1, 365 * DAY_SECONDS),
  REFRESH_REUSE_SECONDS: wholeNumber(10, 0, 60),
  COOKIE_NAME: z
    .string()
    .regex(/^[\w-]+$/, 'must consist of letters, digits, _ and -')
    .default('relay_refresh'),
  COOKIE_SECURE: flag(true),
  LOGINS_PER_ACCOUNT: wholeNumber(10, 1, MAX_PER_MINUTE),
  LOGINS_PER_ADDRESS: wholeNumber(60, 1, MAX_PER_MINUTE),
  REFRESHES_PER_ADDRESS: wholeNumber(600, 1, MAX_PER_MINUTE),
  REGISTRATIONS_PER_ADDRESS: wholeNumber(30, 1, MAX_PER_MINUTE),
  // libuv reads the same variable at process start, with the same default. At least 3: two threads are
  // reserved for DNS lookups and files.
  UV_THREADPOOL_SIZE: wholeNumber(4, 3, 128),
};

export type AuthConfig = ReturnType<typeof readAuthConfig>;

/** @throws ConfigError that names each missing or invalid variable */
export function readAuthConfig(environment: NodeJS.ProcessEnv) {
  const { UV_THREADPOOL_SIZE } = environment;
  // `readConfig` takes an empty variable for unset, libuv takes it for one thread: make the range reject
  // it.
  const given =
    UV_THREADPOOL_SIZE === '' ? { ...environment, UV_THREADPOOL_SIZE: ' ' } : environment;
  return readConfig(authVariables, given);
}
