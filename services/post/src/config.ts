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
  // The walkthrough documents at most 300.
  CACHE_TTL_SECONDS: wholeNumber(300, 1, MAX_TTL_SECONDS),
  CACHE_ABSENT_TTL_SECONDS: wholeNumber(30, 1, MAX_TTL_SECONDS),
  // Less than the time limit of a commit.
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

const removalVariables = {
  REMOVED_USERS_POLL_SECONDS: wholeNumber(30, 1, 3600),
};

/** The environment variables of the service in every process. */
export const postVariables = {
  ...httpVariables,
  ...databaseVariables,
  ...redisVariables,
  ...cacheVariables,
  ...writeVariables,
  ...removalVariables,
};

export type PostConfig = ReturnType<typeof readPostConfig>;

/** @throws ConfigError that names each missing or invalid variable */
export function readPostConfig(environment: NodeJS.ProcessEnv) {
  return readConfig(postVariables, environment);
}

/**
 * Also reads `JWKS_URL`, for a process without the auth service.
 *
 * @throws ConfigError as `readPostConfig` does
 */
export function readProcessConfig(environment: NodeJS.ProcessEnv) {
  const config = readConfig({ ...postVariables, JWKS_URL: httpUrl() }, environment);
  // Kubernetes sets this in every container.
  const inCluster = Boolean(environment['KUBERNETES_SERVICE_HOST']);
  if (inCluster && !config.REDIS_URL && !config.CACHE_IN_PROCESS) {
    throw new ConfigError(
      'REDIS_URL: is required in a cluster, since a pod cannot invalidate in-process entries of other ' +
        'pods; for a single pod without Redis, set CACHE_IN_PROCESS=true',
    );
  }
  return config;
}
