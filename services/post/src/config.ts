import {
  databaseVariables,
  httpUrl,
  httpVariables,
  readConfig,
  redisVariables,
  wholeNumber,
} from '@relay/service-kit';

const cacheVariables = {
  CACHE_TTL_SECONDS: wholeNumber(300),
  CACHE_TIMEOUT_MS: wholeNumber(250),
};

/** What the service needs wherever it runs. */
const variables = { ...httpVariables, ...databaseVariables, ...redisVariables, ...cacheVariables };

export type PostConfig = ReturnType<typeof readPostConfig>;

/** @throws ConfigError that names each variable that is missing or wrong */
export function readPostConfig(environment: NodeJS.ProcessEnv) {
  return readConfig(variables, environment);
}

/**
 * The same, and where the keys are: for a process that does not hold the auth service itself.
 *
 * @throws ConfigError as `readPostConfig` does
 */
export function readProcessConfig(environment: NodeJS.ProcessEnv) {
  return readConfig({ ...variables, JWKS_URL: httpUrl() }, environment);
}
