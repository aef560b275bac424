import { createHash } from 'node:crypto';

import type { RedisClient } from '@relay/cache/redis';
import { createRateLimit } from '@relay/service-kit/http/rate-limit';

import { clientNetwork } from './client-network.ts';

/** Allowed attempts per minute. An IPv6 /64 counts as one client address. */
export interface RateLimitSettings {
  /** Failed logins for one e-mail address from one client address. */
  loginsPerAccount: number;
  /** Logins from one client address. */
  loginsPerAddress: number;
  /** Refreshes from one client address: each load of a page is one, and an office may have one address. */
  refreshesPerAddress: number;
  /** Registrations from one client address. */
  registrationsPerAddress: number;
}

/** Each call counts one attempt. @throws AppError `rate-limited` with `retryAfterSeconds` */
export interface RateLimits {
  registration(address: string): Promise<void>;
  login(address: string, email: string): Promise<void>;
  refresh(address: string): Promise<void>;
  /** Refunds a login if its password was not checked: it was no guess. */
  loginUnchecked(address: string, email: string): Promise<void>;
  /** Resets the count of the account. */
  loginSucceeded(address: string, email: string): Promise<void>;
}

interface RateLimitsOptions {
  limits: RateLimitSettings;
  /** Shared by all pods. Without it, or during an outage, each process counts by itself. */
  redis: RedisClient | undefined;
  /** Called when Redis fails to count for this limit; not repeated until it counts again. */
  onLost?: (error: unknown, limit: string) => void;
}

export function createRateLimits({ limits, redis, onLost }: RateLimitsOptions): RateLimits {
  const limit = (name: string, points: number) =>
    createRateLimit({
      name: `auth:limit:${name}`,
      points,
      redis,
      detail: 'Too many attempts: try again later',
      onLost: (error) => onLost?.(error, name),
    });
  const registrations = limit('registration', limits.registrationsPerAddress);
  const loginsPerAddress = limit('login-address', limits.loginsPerAddress);
  const refreshesPerAddress = limit('refresh-address', limits.refreshesPerAddress);
  const loginsPerAccount = limit('login-account', limits.loginsPerAccount);

  return {
    registration: (address) => registrations.count(addressKey(address)),
    async login(address, email) {
      await loginsPerAddress.count(addressKey(address));
      await loginsPerAccount.count(accountKey(address, email));
    },
    refresh: (address) => refreshesPerAddress.count(addressKey(address)),
    loginUnchecked: (address, email) => loginsPerAccount.refund(accountKey(address, email)),
    async loginSucceeded(address, email) {
      await loginsPerAccount.reset(accountKey(address, email));
    },
  };
}

/** Hashed, since other Redis users, such as the post service, can list the keys. */
function addressKey(address: string): string {
  return hashed(clientNetwork(address));
}

/** Includes the client's network: an attacker elsewhere cannot lock the owner out. */
function accountKey(address: string, email: string): string {
  return hashed(`${clientNetwork(address)} ${email}`);
}

function hashed(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}
