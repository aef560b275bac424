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
  type RequestObserver,
  type Service,
} from '@relay/service-kit';
import type { JSONWebKeySet } from 'jose';
import type { Logger } from 'pino';

import { createAccessTokens } from './access-token.ts';
import { createAccounts } from './accounts.ts';
import type { AuthConfig } from './config.ts';
import { createPasswords } from './passwords.ts';
import { createRateLimits } from './rate-limits.ts';
import { createRoutes } from './routes.ts';
import { authSchema } from './schema.ts';
import { createSessionStore } from './session-store.ts';
import { readSigningKeys } from './signing-keys.ts';
import { createUserStore } from './user-store.ts';

interface AuthServiceOptions {
  config: AuthConfig;
  log: Logger;
  observe: RequestObserver;
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
  const { config, log, observe, clock = () => new Date() } = options;
  const keys = await readSigningKeys(config.SIGNING_KEYS_DIR);
  const db = connectDatabase({
    ...databaseSettings(config),
    schema: authSchema.name,
    applicationName: 'relay-auth',
  });
  const redis = config.REDIS_URL
    ? connectRedis({
        url: config.REDIS_URL,
        cluster: config.REDIS_CLUSTER,
        commandTimeoutMs: REDIS_TIMEOUT_MS,
        log,
      })
    : undefined;

  const accounts = createAccounts({
    users: createUserStore(db),
    sessions: createSessionStore(db),
    passwords: await createPasswords(),
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
    onTokenReused: (userId) =>
      log.warn({ userId }, 'A refresh token was used twice: its session is revoked'),
    clock,
  });
  const health = shareCheck(async () => {
    const [postgres, redisStatus] = await Promise.all([pingDatabase(db), pingRedis(redis)]);
    return overallHealth(postgres, redisStatus);
  });
  const router = createRoutes({ accounts, jwks: keys.jwks, health });
  const app = createHttpApp({
    settings: httpSettings(config),
    log,
    observe,
    mapError: mapDatabaseError,
    router,
  });
  return {
    handle: app.callback(),
    health,
    jwks: keys.jwks,
    isConnected: () => isMigrated(db, authSchema).catch(() => false),
    closeInOrder: [async () => redis?.disconnect(), () => db.destroy()],
  };
}
