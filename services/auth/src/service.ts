import {
  connectDatabase,
  connectRedis,
  createHttpApp,
  databaseSettings,
  httpSettings,
  isMigrated,
  mapDatabaseError,
  overallHealth,
  pingDatabase,
  pingRedis,
  shareCheck,
  type Metrics,
  type Service,
} from '@relay/service-kit';
import type { JSONWebKeySet } from 'jose';
import type { Logger } from 'pino';

import { createAccessTokens } from './access-token.ts';
import { createAccounts } from './accounts.ts';
import { createAuthMetrics } from './auth-metrics.ts';
import type { AuthConfig } from './config.ts';
import { authOpenApi } from './openapi.ts';
import { createPasswords } from './passwords.ts';
import { createRateLimits } from './rate-limits.ts';
import { createRoutes } from './routes.ts';
import { authSchema } from './schema.ts';
import { createSessionStore, SESSION_QUERIES } from './session-store.ts';
import { readSigningKeys } from './signing-keys.ts';
import { createUserStore, USER_QUERIES } from './user-store.ts';

interface AuthServiceOptions {
  config: AuthConfig;
  log: Logger;
  metrics: Metrics;
  clock?: () => Date;
}

/** Rate limits are counted in the process when Redis does not answer for this long. */
const REDIS_TIMEOUT_MS = 500;

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
    applicationName: 'relay-auth',
    metrics: metrics.postgres,
    queries: [...USER_QUERIES, ...SESSION_QUERIES],
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
    passwords: measured.passwords(await createPasswords()),
    tokens: createAccessTokens({ keys, lifeSeconds: config.ACCESS_TOKEN_SECONDS, clock }),
    limits: createRateLimits({
      limits: {
        loginsPerAccount: config.LOGINS_PER_ACCOUNT,
        loginsPerAddress: config.LOGINS_PER_ADDRESS,
        registrationsPerAddress: config.REGISTRATIONS_PER_ADDRESS,
      },
      redis,
    }),
    sessionLifeSeconds: config.REFRESH_TOKEN_SECONDS,
    onTokenReused(userId) {
      measured.tokenReused();
      log.warn({ userId }, 'A refresh token was used twice: its session is revoked');
    },
    clock,
  });
  const accounts = measured.accounts(bareAccounts);
  const health = shareCheck(async () => {
    const [postgres, redisStatus] = await Promise.all([pingDatabase(db), pingRedis(redis)]);
    return overallHealth(postgres, redisStatus);
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
    isConnected: () => isMigrated(db, authSchema).catch(() => false),
    closeInOrder: [async () => redis?.disconnect(), () => db.destroy()],
  };
}
