import { AppError } from '@relay/service-kit/http/app-error';
import { createLatency, type MetricsContext } from '@relay/service-kit/metrics/latency';
import { Counter, Gauge } from 'prom-client';

import type { Accounts } from './accounts.ts';
import { CLEANED_TABLES, type CleanedTable } from './cleanup.ts';
import {
  REFUSAL_REASONS,
  type PasswordHashQueue,
  type RefusalReason,
} from './password-hash-queue.ts';
import type { Passwords } from './passwords.ts';

const RESULTS = {
  logins: ['ok', 'wrong', 'limited', 'failed'],
  refreshes: ['ok', 'wrong', 'limited', 'failed'],
  registrations: ['ok', 'taken', 'limited', 'failed'],
} as const;

/** Argon2id with OWASP's parameters takes at least ten milliseconds, and more with little CPU. */
const HASH_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Decorates accounts and passwords with metrics; the domain does not depend on them. */
export interface AuthMetrics {
  accounts(accounts: Accounts): Accounts;
  passwords(passwords: Passwords): Passwords;
  /** Sets the queue from which the gauges read running and waiting hashes. */
  watchHashes(queue: Pick<PasswordHashQueue, 'running' | 'waiting'>): void;
  hashRefused(reason: RefusalReason): void;
  /** Counts a refresh token that was used again after the interval and its successor. */
  tokenReused(): void;
  rowsDeleted(table: CleanedTable, rows: number): void;
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
    help: 'Refresh tokens that were used again after the reuse interval and their successors: their session is revoked',
    registers,
  });
  const hashes = createHashMetrics(registers);
  const deletedRows = new Counter({
    name: 'auth_expired_rows_deleted_total',
    help: 'Expired rows that this process has deleted',
    labelNames: ['table'],
    registers,
  });
  for (const table of CLEANED_TABLES) deletedRows.inc({ table }, 0);
  const hashing = createLatency(context, {
    name: 'auth_password_hash_duration_seconds',
    help: 'Duration of hashing a password or verifying one against a hash',
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
      logIn: (login, client) => counted(logins, accounts.logIn(login, client)),
      refresh: (token, client) => counted(refreshes, accounts.refresh(token, client)),
      register: (registration, client) =>
        counted(registrations, accounts.register(registration, client)),
    }),
    passwords: (passwords) => ({
      hash: (password) => timed(observe.hash, passwords.hash(password)),
      matches: (password, hash) => timed(observe.verify, passwords.matches(password, hash)),
    }),
    ...hashes,
    tokenReused: () => reuses.inc(),
    rowsDeleted: (table, rows) => deletedRows.inc({ table }, rows),
  };
}

function createHashMetrics(
  registers: MetricsContext['registry'][],
): Pick<AuthMetrics, 'watchHashes' | 'hashRefused'> {
  let queue = { running: 0, waiting: 0 };
  const hashes = new Gauge({
    name: 'auth_password_hashes',
    help: 'Password hashes that are running or waiting in the queue',
    labelNames: ['state'],
    registers,
    collect() {
      hashes.set({ state: 'running' }, queue.running);
      hashes.set({ state: 'waiting' }, queue.waiting);
    },
  });
  const refusals = new Counter({
    name: 'auth_password_hash_refusals_total',
    help: 'Passwords that were not hashed; full, late: the client got a 503; gone: it had disconnected',
    labelNames: ['reason'],
    registers,
  });
  for (const reason of REFUSAL_REASONS) refusals.inc({ reason }, 0);
  return {
    watchHashes(watched) {
      queue = watched;
    },
    hashRefused: (reason) => refusals.inc({ reason }),
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
