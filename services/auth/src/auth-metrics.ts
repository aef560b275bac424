import { AppError } from '@relay/service-kit/http/app-error';
import { createLatency, type MetricsContext } from '@relay/service-kit/metrics/latency';
import { Counter, Gauge } from 'prom-client';

import type { Accounts } from './accounts.ts';
import { REFUSAL_REASONS, type HashQueue, type RefusalReason } from './hash-queue.ts';
import type { Passwords } from './passwords.ts';
import { CLEANED_TABLES, type CleanedTable } from './session-cleanup.ts';

const RESULTS = {
  logins: ['ok', 'wrong', 'limited', 'failed'],
  refreshes: ['ok', 'wrong', 'limited', 'failed'],
  registrations: ['ok', 'taken', 'limited', 'failed'],
} as const;

/** Argon2id at OWASP's cost takes ten milliseconds or more, and longer where CPU is short. */
const HASH_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Wraps accounts and passwords with metrics. The domain does not depend on them. */
export interface AuthMetrics {
  accounts(accounts: Accounts): Accounts;
  passwords(passwords: Passwords): Passwords;
  /** Reads the gauges of running and waiting hashes from this queue. */
  watchHashes(queue: Pick<HashQueue, 'running' | 'waiting'>): void;
  hashRefused(reason: RefusalReason): void;
  /** A refresh token came a second time, after the reuse interval. */
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
    help: 'Refresh tokens that came a second time, as a stolen one would: their session is revoked',
    registers,
  });
  const hashes = createHashMetrics(registers);
  const deletedRows = new Counter({
    name: 'auth_expired_rows_deleted_total',
    help: 'Rows of expired sessions that this process deleted',
    labelNames: ['table'],
    registers,
  });
  for (const table of CLEANED_TABLES) deletedRows.inc({ table }, 0);
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
    help: 'Passwords that are being hashed or verified, and those that wait for their turn',
    labelNames: ['state'],
    registers,
    collect() {
      hashes.set({ state: 'running' }, queue.running);
      hashes.set({ state: 'waiting' }, queue.waiting);
    },
  });
  const refusals = new Counter({
    name: 'auth_password_hash_refusals_total',
    help: 'Passwords that were not hashed; full, late: the client got a 503; gone: it had left',
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
