import {
  databaseVariables,
  httpVariables,
  readConfig,
  redisVariables,
  wholeNumber,
} from '@relay/service-kit';
import { z } from 'zod';

const variables = {
  ...httpVariables,
  ...databaseVariables,
  ...redisVariables,
  SIGNING_KEYS_DIR: z.string(),
  ACCESS_TOKEN_SECONDS: wholeNumber(900),
  REFRESH_TOKEN_SECONDS: wholeNumber(30 * 24 * 3600),
  LOGINS_PER_ACCOUNT: wholeNumber(10),
  LOGINS_PER_ADDRESS: wholeNumber(60),
  REGISTRATIONS_PER_ADDRESS: wholeNumber(30),
};

export type AuthConfig = ReturnType<typeof readAuthConfig>;

/** @throws ConfigError that names each variable that is missing or wrong */
export function readAuthConfig(environment: NodeJS.ProcessEnv) {
  return readConfig(variables, environment);
}
