import { createHash } from 'node:crypto';

import type { RedisClient } from '@relay/cache/redis';
import { AppError } from '@relay/service-kit';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

import { clientNetwork } from './client-network.ts';

/** How often something may be done within a minute. All of an IPv6 /64 is one client address. */
export interface RateLimitSettings {
  /** Failed logins for one e-mail address from one client address. */
  loginsPerAccount: number;
  /** Logins and refreshes from one client address. */
  loginsPerAddress: number;
  /** Registrations from one client address. */
  registrationsPerAddress: number;
}

/** Each call counts one attempt. @throws AppError `rate-limited` with the time to wait */
export interface RateLimits {
  registration(address: string): Promise<void>;
  login(address: string, email: string): Promise<void>;
  refresh(address: string): Promise<void>;
  /** A login that succeeded is no guess: the account's count starts anew. */
  loginSucceeded(address: string, email: string): Promise<void>;
}

interface RateLimitsOptions {
  limits: RateLimitSettings;
  /** Shared by all pods. Without it, or while it is away, each process counts for itself. */
  redis: RedisClient | undefined;
}

const WINDOW_SECONDS = 60;

export function createRateLimits({ limits, redis }: RateLimitsOptions): RateLimits {
  function limiter(name: string, points: number) {
    const options = { keyPrefix: `auth:limit:${name}`, points, duration: WINDOW_SECONDS };
    const inProcess = new RateLimiterMemory(options);
    if (!redis) return inProcess;
    return new RateLimiterRedis({
      ...options,
      storeClient: redis,
      rejectIfRedisNotReady: true,
      insuranceLimiter: inProcess,
    });
  }
  const registrations = limiter('registration', limits.registrationsPerAddress);
  const loginsPerAddress = limiter('login-address', limits.loginsPerAddress);
  const loginsPerAccount = limiter('login-account', limits.loginsPerAccount);

  async function count(limit: typeof registrations, key: string): Promise<void> {
    await limit.consume(key).catch((refusal: unknown) => {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const retryAfterSeconds = refusal.msBeforeNext / 1000;
      throw new AppError('rate-limited', 'Too many attempts: try later', { retryAfterSeconds });
    });
  }

  return {
    registration: (address) => count(registrations, addressKey(address)),
    async login(address, email) {
      await count(loginsPerAddress, addressKey(address));
      await count(loginsPerAccount, accountKey(address, email));
    },
    refresh: (address) => count(loginsPerAddress, addressKey(address)),
    async loginSucceeded(address, email) {
      await loginsPerAccount.delete(accountKey(address, email));
    },
  };
}

/** Hashed: whoever may list keys in Redis, as the post service may, need not learn who calls. */
function addressKey(address: string): string {
  return hashed(clientNetwork(address));
}

/** One e-mail address as seen from one client: a stranger cannot lock its owner out. */
function accountKey(address: string, email: string): string {
  return hashed(`${clientNetwork(address)} ${email}`);
}

function hashed(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}
