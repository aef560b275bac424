import {
  ConfigError,
  databaseVariables,
  flag,
  httpUrl,
  httpVariables,
  readConfig,
  redisVariables,
  wholeNumber,
} from '@relay/service-kit/process/config';
import { z } from 'zod';

/** A year. */
const MAX_TTL_SECONDS = 31_536_000;

const cacheVariables = {
  // The walkthrough promises at most 300.
  CACHE_TTL_SECONDS: wholeNumber(300, 1, MAX_TTL_SECONDS),
  CACHE_ABSENT_TTL_SECONDS: wholeNumber(30, 1, MAX_TTL_SECONDS),
  // Less than the time within which a write must commit.
  CACHE_TIMEOUT_MS: wholeNumber(250, 1, 5000),
  CACHE_CONSISTENCY: z
    .enum(['available', 'strict'], 'must be available or strict')
    .default('available'),
  CACHE_LOCAL_TTL_SECONDS: wholeNumber(0, 0, MAX_TTL_SECONDS),
  CACHE_IN_PROCESS: flag(false),
  CACHE_WARM_UP: flag(false),
};

const MAX_PER_MINUTE = 1_000_000;

const writeVariables = {
  POSTS_PER_USER: wholeNumber(60, 1, MAX_PER_MINUTE),
  VOTES_PER_USER: wholeNumber(300, 1, MAX_PER_MINUTE),
  // From a minute to 30 days.
  IDEMPOTENCY_SECONDS: wholeNumber(86_400, 60, 2_592_000),
};

/** What the service needs wherever it runs. */
export const postVariables = {
  ...httpVariables,
  ...databaseVariables,
  ...redisVariables,
  ...cacheVariables,
  ...writeVariables,
};

export type PostConfig = ReturnType<typeof readPostConfig>;

/** @throws ConfigError that names each variable that is missing or wrong */
export function readPostConfig(environment: NodeJS.ProcessEnv) {
  return readConfig(postVariables, environment);
}

/**
 * The same, and where the keys are: for a process that does not hold the auth service itself.
 *
 * @throws ConfigError as `readPostConfig` does
 */
export function readProcessConfig(environment: NodeJS.ProcessEnv) {
  const config = readConfig({ ...postVariables, JWKS_URL: httpUrl() }, environment);
  // Kubernetes sets this in every container.
  const inCluster = Boolean(environment['KUBERNETES_SERVICE_HOST']);
  if (inCluster && !config.REDIS_URL && !config.CACHE_IN_PROCESS) {
    throw new ConfigError(
      'REDIS_URL: is required in a cluster, where each pod would keep entries that the others cannot ' +
        'invalidate; for a single pod without Redis, set CACHE_IN_PROCESS=true',
    );
  }
  return config;
}
