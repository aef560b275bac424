import { AppError, createLatency, type MetricsContext } from '@relay/service-kit';
import { Counter } from 'prom-client';

import type { Accounts } from './accounts.ts';
import type { Passwords } from './passwords.ts';

const RESULTS = {
  logins: ['ok', 'wrong', 'limited', 'failed'],
  refreshes: ['ok', 'wrong', 'limited', 'failed'],
  registrations: ['ok', 'taken', 'limited', 'failed'],
} as const;

/** Argon2id at OWASP's cost takes ten milliseconds or more, and waits where threads are few. */
const HASH_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Puts measuring around what the domain offers; neither knows of the other. */
export interface AuthMetrics {
  accounts(accounts: Accounts): Accounts;
  passwords(passwords: Passwords): Passwords;
  /** A refresh token came a second time. */
  tokenReused(): void;
}

export function createAuthMetrics(context: MetricsContext): AuthMetrics {
  const registers = [context.registry];
  const results = (name: keyof typeof RESULTS, help: string) => {
    const counter = new Counter({
      name: `auth_${name}_total`,
      help,
      labelNames: ['result'],
      registers,
    });
    for (const result of RESULTS[name]) counter.inc({ result }, 0);
    return counter;
  };
  const logins = results('logins', 'Logins by result; wrong: the e-mail address or the password');
  const refreshes = results('refreshes', 'Refreshes of tokens by result');
  const registrations = results('registrations', 'Registrations by result');
  const reuses = new Counter({
    name: 'auth_refresh_token_reuses_total',
    help: 'Refresh tokens that came a second time, as a stolen one would: their session is revoked',
    registers,
  });
  const hashing = createLatency(context, {
    name: 'auth_password_hash_duration_seconds',
    help: 'How long a password took to be hashed, or verified against a hash',
    labelNames: ['operation'],
    buckets: HASH_BUCKETS_SECONDS,
  });
  const observe = {
    hash: hashing({ operation: 'hash' }),
    verify: hashing({ operation: 'verify' }),
  };

  return {
    accounts: (accounts) => ({
      ...accounts,
      logIn: (login, address) => counted(logins, accounts.logIn(login, address)),
      refresh: (token, address) => counted(refreshes, accounts.refresh(token, address)),
      register: (registration, address) =>
        counted(registrations, accounts.register(registration, address)),
    }),
    passwords: (passwords) => ({
      hash: (password) => timed(observe.hash, passwords.hash(password)),
      matches: (password, hash) => timed(observe.verify, passwords.matches(password, hash)),
    }),
    tokenReused: () => reuses.inc(),
  };
}

async function counted<T>(counter: Counter<'result'>, work: Promise<T>): Promise<T> {
  try {
    const value = await work;
    counter.inc({ result: 'ok' });
    return value;
  } catch (error) {
    counter.inc({ result: resultOf(error) });
    throw error;
  }
}

function resultOf(error: unknown): 'wrong' | 'taken' | 'limited' | 'failed' {
  const code = error instanceof AppError ? error.code : undefined;
  if (code === 'unauthenticated') return 'wrong';
  if (code === 'conflict') return 'taken';
  return code === 'rate-limited' ? 'limited' : 'failed';
}

async function timed<T>(observe: (seconds: number) => void, work: Promise<T>): Promise<T> {
  const startedAt = performance.now();
  try {
    return await work;
  } finally {
    observe((performance.now() - startedAt) / 1000);
  }
}
