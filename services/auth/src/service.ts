import { createHttpApp, httpSettings } from '@relay/service-kit/http/app';
import { mapDatabaseError } from '@relay/service-kit/http/database-errors';
import { RATE_LIMIT_LOST } from '@relay/service-kit/http/rate-limit';
import type { Metrics } from '@relay/service-kit/metrics/metrics';
import { createDatabaseCheck } from '@relay/service-kit/postgres/check';
import { connectDatabase, databaseSettings } from '@relay/service-kit/postgres/database';
import { checkRedis, connectRedis, redisConnection } from '@relay/service-kit/redis/connection';
import { overallHealth, singleFlight } from '@relay/service-kit/service/health';
import type { Service } from '@relay/service-kit/service/serve';
import type { JSONWebKeySet } from 'jose';
import type { Logger } from 'pino';

import { createAccessTokens } from './access-token.ts';
import { createAccounts } from './accounts.ts';
import { createAuthMetrics, type AuthMetrics } from './auth-metrics.ts';
import type { AuthConfig } from './config.ts';
import { authSchema } from './migrations.ts';
import { authOpenApi } from './openapi.ts';
import {
  createPasswordHashQueue,
  hashConcurrency,
  type PasswordHashQueue,
} from './password-hash-queue.ts';
import { createPasswords, type Passwords } from './passwords.ts';
import { createRateLimits } from './rate-limits.ts';
import { createRefreshCookie } from './refresh-cookie.ts';
import { createRoutes } from './routes.ts';
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
  /** Maximum wait of a password hash in the queue. Default: three seconds. */
  maxHashWaitMs?: number;
  /** Mean pause between deletions of expired sessions. Default: ten minutes. */
  cleanupPeriodMs?: number;
}

/** The time limit of a command, including the health check. Rate limits have a shorter one: see `createRateLimit`. */
const REDIS_TIMEOUT_MS = 500;

/** With the key prefix that the service's Redis user may write. */
const REDIS_CHECK_KEY = 'auth:health';

/** The service, and the public keys of its tokens for a post service in the same process. */
export interface AuthService extends Service {
  jwks: JSONWebKeySet;
}

/** Wires the auth service. It does not listen yet. */
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
        ...redisConnection(config),
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
    hashQueue: measuredHashQueue(options, measured),
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
      log.warn({ userId }, 'Refresh token reused, session revoked');
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
  const health = singleFlight(async () => {
    const [database, redisHealth] = await Promise.all([
      checkDatabase(),
      checkRedis(redis, REDIS_CHECK_KEY),
    ]);
    return overallHealth(database, redisHealth);
  });
  const router = createRoutes({
    accounts,
    refreshCookie: createRefreshCookie({ secure: config.COOKIE_SECURE }),
    jwks: keys.jwks,
    health,
  });
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

function measuredHashQueue(
  { config, maxHashWaitMs }: AuthServiceOptions,
  measured: AuthMetrics,
): PasswordHashQueue {
  const queue = createPasswordHashQueue({
    concurrency: hashConcurrency(config.UV_THREADPOOL_SIZE),
    ...(maxHashWaitMs !== undefined && { maxWaitMs: maxHashWaitMs }),
    onRefused: measured.hashRefused,
  });
  measured.watchHashes(queue);
  return queue;
}
