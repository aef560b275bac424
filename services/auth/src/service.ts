import { createHttpApp, httpSettings } from '@relay/service-kit/http/app';
import { overallHealth, shareCheck } from '@relay/service-kit/http/health';
import { RATE_LIMIT_LOST } from '@relay/service-kit/http/rate-limits';
import type { Metrics } from '@relay/service-kit/metrics/metrics';
import { createDatabaseCheck } from '@relay/service-kit/postgres/check';
import { connectDatabase, databaseSettings } from '@relay/service-kit/postgres/database';
import { mapDatabaseError } from '@relay/service-kit/postgres/errors';
import type { Service } from '@relay/service-kit/process/service';
import { checkRedis, connectRedis } from '@relay/service-kit/redis/connection';
import type { JSONWebKeySet } from 'jose';
import type { Logger } from 'pino';

import { createAccessTokens } from './access-token.ts';
import { createAccounts } from './accounts.ts';
import { createAuthMetrics, type AuthMetrics } from './auth-metrics.ts';
import type { AuthConfig } from './config.ts';
import { createHashQueue, hashesAtATime, type HashQueue } from './hash-queue.ts';
import { authOpenApi } from './openapi.ts';
import { createPasswords, type Passwords } from './passwords.ts';
import { createRateLimits } from './rate-limits.ts';
import { createRoutes } from './routes.ts';
import { authSchema } from './schema.ts';
import { CLEANUP_QUERIES, createExpiredSessions } from './session-cleanup-store.ts';
import { startSessionCleanup } from './session-cleanup.ts';
import { createSessionStore, SESSION_QUERIES } from './session-store.ts';
import { readSigningKeys } from './signing-keys.ts';
import { createUserStore, USER_QUERIES } from './user-store.ts';

interface AuthServiceOptions {
  config: AuthConfig;
  log: Logger;
  metrics: Metrics;
  clock?: () => Date;
  /** Default: Argon2id. */
  passwords?: Passwords;
  /** How long a password waits for its turn to be hashed, at most. Default: three seconds. */
  maxHashWaitMs?: number;
  /** How often expired sessions are deleted, about. Default: ten minutes. */
  cleanupPeriodMs?: number;
}

/** How long a command may take, the health check's too. Rate limits wait less: see `createRateLimit`. */
const REDIS_TIMEOUT_MS = 500;

/** Its prefix is the one that the role in Redis may write. */
const REDIS_CHECK_KEY = 'auth:health';

/** A service that also hands out the keys which verify its tokens. */
export interface AuthService extends Service {
  jwks: JSONWebKeySet;
}

/** The auth service, wired and not yet listening. */
export async function createAuthService(options: AuthServiceOptions): Promise<AuthService> {
  const { config, log, metrics, clock = () => new Date() } = options;
  const keys = await readSigningKeys(config.SIGNING_KEYS_DIR);
  const db = connectDatabase({
    ...databaseSettings(config),
    schema: authSchema.name,
    log,
    applicationName: 'relay-auth',
    metrics: metrics.postgres,
    queries: [...USER_QUERIES, ...SESSION_QUERIES, ...CLEANUP_QUERIES],
  });
  const redis = config.REDIS_URL
    ? connectRedis({
        url: config.REDIS_URL,
        cluster: config.REDIS_CLUSTER,
        commandTimeoutMs: REDIS_TIMEOUT_MS,
        log,
        watch: metrics.redis('auth'),
      })
    : undefined;

  const measured = createAuthMetrics(metrics);
  const bareAccounts = createAccounts({
    users: createUserStore(db),
    sessions: createSessionStore(db),
    passwords: measured.passwords(options.passwords ?? (await createPasswords())),
    hashQueue: watchedHashQueue(options, measured),
    tokens: createAccessTokens({ keys, lifeSeconds: config.ACCESS_TOKEN_SECONDS, clock }),
    limits: createRateLimits({
      limits: {
        loginsPerAccount: config.LOGINS_PER_ACCOUNT,
        loginsPerAddress: config.LOGINS_PER_ADDRESS,
        registrationsPerAddress: config.REGISTRATIONS_PER_ADDRESS,
      },
      redis,
      onLost: (err, limit) => log.warn({ err, limit }, RATE_LIMIT_LOST),
    }),
    sessionLifeSeconds: config.REFRESH_TOKEN_SECONDS,
    reuseSeconds: config.REFRESH_REUSE_SECONDS,
    onTokenReused(userId) {
      measured.tokenReused();
      log.warn({ userId }, 'A refresh token was used twice: its session is revoked');
    },
    clock,
  });
  const accounts = measured.accounts(bareAccounts);
  const cleanup = startSessionCleanup({
    expired: createExpiredSessions(db),
    clock,
    ...(options.cleanupPeriodMs !== undefined && { periodMs: options.cleanupPeriodMs }),
    onDeleted: measured.rowsDeleted,
    onFailed: (err) => log.warn({ err }, 'Could not delete expired sessions'),
  });
  const checkDatabase = createDatabaseCheck(db, authSchema);
  const health = shareCheck(async () => {
    const [database, redisHealth] = await Promise.all([
      checkDatabase(),
      checkRedis(redis, REDIS_CHECK_KEY),
    ]);
    return overallHealth(database, redisHealth);
  });
  const router = createRoutes({ accounts, jwks: keys.jwks, health });
  const app = createHttpApp({
    settings: httpSettings(config),
    log,
    observer: metrics.requests,
    mapError: mapDatabaseError,
    router,
    api: authOpenApi,
  });
  return {
    handle: app.callback(),
    health,
    jwks: keys.jwks,
    checkDatabase,
    closeInOrder: [() => cleanup.stop(), async () => redis?.disconnect(), () => db.destroy()],
  };
}

function watchedHashQueue(
  { config, maxHashWaitMs }: AuthServiceOptions,
  measured: AuthMetrics,
): HashQueue {
  const queue = createHashQueue({
    concurrency: hashesAtATime(config.UV_THREADPOOL_SIZE),
    ...(maxHashWaitMs !== undefined && { maxWaitMs: maxHashWaitMs }),
    onRefused: measured.hashRefused,
  });
  measured.watchHashes(queue);
  return queue;
}
