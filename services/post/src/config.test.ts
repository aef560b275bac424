import { ConfigError } from '@relay/service-kit/process/config';
import { testRanges } from '@relay/service-kit/testing/range-tests';
import { expect, test } from 'vitest';

import { postVariables, readPostConfig, readProcessConfig } from './config.ts';

const DATABASE_URL = 'postgres://post:secret@db/relay';

test('needs nothing but a database', () => {
  expect(readPostConfig({ DATABASE_URL })).toEqual({
    BODY_LIMIT_BYTES: 16_384,
    CACHE_ABSENT_TTL_SECONDS: 30,
    CACHE_CONSISTENCY: 'available',
    CACHE_IN_PROCESS: false,
    CACHE_LOCAL_TTL_SECONDS: 0,
    CACHE_TIMEOUT_MS: 250,
    CACHE_TTL_SECONDS: 300,
    CACHE_WARM_UP: false,
    CORS_ORIGINS: [],
    DATABASE_POOL_SIZE: 10,
    DATABASE_STATEMENT_TIMEOUT_MS: 3000,
    DATABASE_URL,
    ADMIN_PORT: 8081,
    HOST: '0.0.0.0',
    IDEMPOTENCY_SECONDS: 86_400,
    LOG_FORMAT: 'auto',
    LOG_LEVEL: 'info',
    PORT: 8080,
    POSTS_PER_USER: 60,
    REDIS_CLUSTER: false,
    REMOVED_USERS_POLL_SECONDS: 30,
    SHUTDOWN_DEADLINE_MS: 25_000,
    TRUSTED_HOPS: 0,
    VOTES_PER_USER: 300,
  });
});

test('names all that is wrong at once, and no value of it', () => {
  const wrong = { DATABASE_URL: 'mysql://post:secret@db', CACHE_TTL_SECONDS: '0', REDIS_URL: 'db' };
  const read = () => readPostConfig(wrong);
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(/^DATABASE_URL: .*\nREDIS_URL: .*\nCACHE_TTL_SECONDS: .*$/);
  expect(read).not.toThrow(/secret/);
});

test('a separate process also requires JWKS_URL', () => {
  const environment = { DATABASE_URL, JWKS_URL: 'http://auth/jwks.json' };
  expect(readProcessConfig(environment)).toEqual({
    ...readPostConfig({ DATABASE_URL }),
    JWKS_URL: 'http://auth/jwks.json',
  });
  expect(() => readProcessConfig({})).toThrow(
    'DATABASE_URL: is required and not set\nJWKS_URL: is required and not set',
  );
});

test('a pod without Redis does not start in a cluster, unless configured', () => {
  const pod = {
    DATABASE_URL,
    JWKS_URL: 'http://auth/jwks.json',
    KUBERNETES_SERVICE_HOST: '10.0.0.1',
  };
  expect(() => readProcessConfig(pod)).toThrow(/^REDIS_URL: is required in a cluster/);
  expect(readProcessConfig({ ...pod, CACHE_IN_PROCESS: 'true' }).REDIS_URL).toBeUndefined();
  expect(readProcessConfig({ ...pod, REDIS_URL: 'redis://redis' }).REDIS_URL).toBe('redis://redis');
});

testRanges(postVariables, (environment) => readPostConfig({ DATABASE_URL, ...environment }));
