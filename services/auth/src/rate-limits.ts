import { createHash } from 'node:crypto';

import type { RedisClient } from '@relay/cache/redis';
import { createRateLimit } from '@relay/service-kit/http/rate-limits';

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
  /** A login whose password was not checked is no guess: the account's count does not include it. */
  loginUnchecked(address: string, email: string): Promise<void>;
  /** A login that succeeded is no guess: the account's count starts anew. */
  loginSucceeded(address: string, email: string): Promise<void>;
}

interface RateLimitsOptions {
  limits: RateLimitSettings;
  /** Shared by all pods. Without it, or while it is away, each process counts for itself. */
  redis: RedisClient | undefined;
  /** Redis does not count for the limit of this name. Called once until it counts again. */
  onLost?: (error: unknown, limit: string) => void;
}

export function createRateLimits({ limits, redis, onLost }: RateLimitsOptions): RateLimits {
  const limit = (name: string, points: number) =>
    createRateLimit({
      name: `auth:limit:${name}`,
      points,
      redis,
      refusal: 'Too many attempts: try later',
      onLost: (error) => onLost?.(error, name),
    });
  const registrations = limit('registration', limits.registrationsPerAddress);
  const loginsPerAddress = limit('login-address', limits.loginsPerAddress);
  const loginsPerAccount = limit('login-account', limits.loginsPerAccount);

  return {
    registration: (address) => registrations.count(addressKey(address)),
    async login(address, email) {
      await loginsPerAddress.count(addressKey(address));
      await loginsPerAccount.count(accountKey(address, email));
    },
    refresh: (address) => loginsPerAddress.count(addressKey(address)),
    loginUnchecked: (address, email) => loginsPerAccount.giveBack(accountKey(address, email)),
    async loginSucceeded(address, email) {
      await loginsPerAccount.reset(accountKey(address, email));
    },
  };
}

/** Hashed: a client that may list the keys in Redis, as the post service may, sees no addresses. */
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
