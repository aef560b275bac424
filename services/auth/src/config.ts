import {
  databaseVariables,
  httpVariables,
  readConfig,
  redisVariables,
  wholeNumber,
} from '@relay/service-kit/process/config';
import { z } from 'zod';

const DAY_SECONDS = 24 * 3600;
const MAX_PER_MINUTE = 1_000_000;

/** What the service reads, one type for each variable. */
export const authVariables = {
  ...httpVariables,
  ...databaseVariables,
  ...redisVariables,
  SIGNING_KEYS_DIR: z.string(),
  // A token cannot be taken back before it expires.
  ACCESS_TOKEN_SECONDS: wholeNumber(900, 1, DAY_SECONDS),
  REFRESH_TOKEN_SECONDS: wholeNumber(30 * DAY_SECONDS, 1, 365 * DAY_SECONDS),
  REFRESH_REUSE_SECONDS: wholeNumber(10, 0, 60),
  LOGINS_PER_ACCOUNT: wholeNumber(10, 1, MAX_PER_MINUTE),
  LOGINS_PER_ADDRESS: wholeNumber(60, 1, MAX_PER_MINUTE),
  REGISTRATIONS_PER_ADDRESS: wholeNumber(30, 1, MAX_PER_MINUTE),
  // libuv reads the same variable, when the process starts, and has the same default. Two threads
  // stay free of hashes, so that DNS look-ups and files never wait for passwords.
  UV_THREADPOOL_SIZE: wholeNumber(4, 3, 128),
};

export type AuthConfig = ReturnType<typeof readAuthConfig>;

/** @throws ConfigError that names each variable that is missing or wrong */
export function readAuthConfig(environment: NodeJS.ProcessEnv) {
  const { UV_THREADPOOL_SIZE } = environment;
  // Elsewhere an empty variable counts as not set. libuv takes this one for a single thread, so let
  // its range refuse it.
  const given =
    UV_THREADPOOL_SIZE === '' ? { ...environment, UV_THREADPOOL_SIZE: ' ' } : environment;
  return readConfig(authVariables, given);
}
