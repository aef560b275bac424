import type { RedisClient } from '@relay/cache/redis';
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
import type { Knex } from 'knex';
import type { Logger } from 'pino';

import { createAccessTokens } from './access-token.ts';
import { ACCOUNT_QUERIES, createAccountStore } from './account-store.ts';
import { createAccounts } from './accounts.ts';
import { createAuthMetrics, type AuthMetrics } from './auth-metrics.ts';
import { createAuthentication } from './authentication.ts';
import { CLEANUP_QUERIES, createExpiredRows } from './cleanup-store.ts';
import { startCleanup } from './cleanup.ts';
import type { AuthConfig } from './config.ts';
import { authSchema } from './migrations.ts';
import { authOpenApi } from './openapi.ts';
import { createOwnAccount } from './own-account.ts';
import {
  createPasswordHashQueue,
  hashConcurrency,
  type PasswordHashQueue,
} from './password-hash-queue.ts';
import { createPasswords, type Passwords } from './passwords.ts';
import { createRateLimits } from './rate-limits.ts';
import { createRefreshCookie } from './refresh-cookie.ts';
import { createRemovedUsers, REMOVED_USER_QUERIES } from './removed-user-store.ts';
import { removedUsersQuerySchema, type RemovedUsersPage } from './removed-users.ts';
import { createRoutes } from './routes.ts';
import { createSessionStore, SESSION_QUERIES } from './session-store.ts';
import { readSigningKeys, type SigningKeys } from './signing-keys.ts';
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

/** The service, with the sources that a post service in the same process reads without HTTP. */
export interface AuthService extends Service {
  /** The public keys of its tokens. */
  jwks: JSONWebKeySet;
  /** As `GET /api/auth/removed-users`. */
  removedUsers(query: {
    since?: string;
    cursor?: string;
    limit?: string;
  }): Promise<RemovedUsersPage>;
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
    queries: [
      ...USER_QUERIES,
      ...SESSION_QUERIES,
      ...ACCOUNT_QUERIES,
      ...CLEANUP_QUERIES,
      ...REMOVED_USER_QUERIES,
    ],
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
  const { accounts, ownAccount } = await createDomain({
    ...options,
    clock,
    keys,
    db,
    redis,
    measured,
  });
  const removedUsers = createRemovedUsers(db);
  const cleanup = startCleanup({
    expired: createExpiredRows(db),
    clock,
    ...(options.cleanupPeriodMs !== undefined && { periodMs: options.cleanupPeriodMs }),
    onDeleted: measured.rowsDeleted,
    onFailed: (err) => log.warn({ err }, 'Could not delete expired rows'),
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
    ownAccount,
    removedUsers,
    refreshCookie: createRefreshCookie({ name: config.COOKIE_NAME, secure: config.COOKIE_SECURE }),
    bodyLimitBytes: config.BODY_LIMIT_BYTES,
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
    removedUsers: (query) => removedUsers.list(removedUsersQuerySchema.parse(query)),
    checkDatabase,
    closeInOrder: [() => cleanup.stop(), async () => redis?.disconnect(), () => db.destroy()],
  };
}

interface DomainOptions extends AuthServiceOptions {
  clock: () => Date;
  keys: SigningKeys;
  db: Knex;
  redis: RedisClient | undefined;
  measured: AuthMetrics;
}

async function createDomain(options: DomainOptions) {
  const { config, log, clock, keys, db, redis, measured } = options;
  const users = createUserStore(db);
  const sessions = createSessionStore(db);
  const passwords = measured.passwords(options.passwords ?? (await createPasswords()));
  const hashQueue = measuredHashQueue(options, measured);
  const tokens = createAccessTokens({ keys, lifeSeconds: config.ACCESS_TOKEN_SECONDS, clock });
  const limits = createRateLimits({
    limits: {
      loginsPerAccount: config.LOGINS_PER_ACCOUNT,
      loginsPerAddress: config.LOGINS_PER_ADDRESS,
      refreshesPerAddress: config.REFRESHES_PER_ADDRESS,
      registrationsPerAddress: config.REGISTRATIONS_PER_ADDRESS,
    },
    redis,
    onLost: (err, limit) => log.warn({ err, limit }, RATE_LIMIT_LOST),
  });
  const authentication = createAuthentication({ users, passwords, limits, hashQueue });
  const shared = { users, sessions, authentication, passwords, hashQueue, tokens, clock };
  const accounts = createAccounts({
    ...shared,
    limits,
    sessionLifeSeconds: config.REFRESH_TOKEN_SECONDS,
    reuseSeconds: config.REFRESH_REUSE_SECONDS,
    onTokenReused(userId) {
      measured.tokenReused();
      log.warn({ userId }, 'Refresh token reused, session revoked');
    },
  });
  const ownAccount = createOwnAccount({ ...shared, accounts: createAccountStore(db) });
  return { accounts: measured.accounts(accounts), ownAccount };
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
