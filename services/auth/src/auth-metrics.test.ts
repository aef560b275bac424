import { AppError } from '@relay/service-kit/http/app-error';
import { createMetrics } from '@relay/service-kit/metrics/metrics';
import { expect, test } from 'vitest';

import type { Accounts, IssuedTokens } from './accounts.ts';
import { createAuthMetrics } from './auth-metrics.ts';
import type { User } from './user.ts';

const issued: IssuedTokens = {
  tokens: { token: 'a-token', expiresIn: 900, refreshToken: 'a-refresh-token' },
  sessionExpiresAt: new Date(0),
};
const ann: User = { id: '1', username: 'ann', email: 'ann@a.example', createdAt: new Date(0) };
const login = { email: 'ann@a.example', password: 'password123' };
const CLIENT = {
  address: '192.0.2.1',
  userAgent: null,
  disconnected: new AbortController().signal,
};

const wrong = new AppError('unauthenticated', 'The e-mail address or the password is wrong');
const limited = new AppError('rate-limited', 'Too many attempts: try again later');
const taken = new AppError('conflict', 'This username is taken');
const broken = new Error('the database is gone');

/** Accounts that answer each call with the next of these. */
function setUp(outcomes: readonly (Error | 'well')[]) {
  const { registry, exemplar } = createMetrics({ service: 'auth', version: '1.2.3' });
  const measured = createAuthMetrics({ registry, exemplar });
  const left = [...outcomes];
  const next = async <T>(value: T): Promise<T> => {
    const outcome = left.shift();
    if (outcome instanceof Error) throw outcome;
    return value;
  };
  const accounts = measured.accounts({
    register: () => next(ann),
    logIn: () => next(issued),
    refresh: () => next(issued),
    logOut: async () => undefined,
  } satisfies Accounts);
  const counts = async (name: string) => {
    const samples = (await registry.metrics()).matchAll(
      new RegExp(`^${name}\\{\\w+="(\\w+)"\\} (\\d+)$`, 'gm'),
    );
    return Object.fromEntries([...samples].map(([, result, value]) => [result, Number(value)]));
  };
  return { accounts, measured, counts, registry };
}

test('every result is there from the start, at 0', async () => {
  const { counts, registry } = setUp([]);
  expect(await counts('auth_logins_total')).toEqual({ ok: 0, wrong: 0, limited: 0, failed: 0 });
  expect(await counts('auth_refreshes_total')).toEqual({ ok: 0, wrong: 0, limited: 0, failed: 0 });
  expect(await counts('auth_registrations_total')).toEqual({
    ok: 0,
    taken: 0,
    limited: 0,
    failed: 0,
  });
  expect(await counts('auth_password_hash_duration_seconds_count')).toEqual({ hash: 0, verify: 0 });
  expect(await registry.metrics()).toContain('auth_refresh_token_reuses_total 0\n');
});

test('counts logins and refreshes by result, and returns it', async () => {
  const outcomes = ['well', 'well', wrong, limited, broken] as const;
  for (const call of ['logIn', 'refresh'] as const) {
    const { accounts, counts } = setUp(outcomes);
    const ask = () =>
      call === 'logIn' ? accounts.logIn(login, CLIENT) : accounts.refresh('a-token', CLIENT);
    expect([await ask(), await ask()]).toEqual([issued, issued]);
    for (const failure of [wrong, limited, broken]) await expect(ask()).rejects.toBe(failure);
    const name = call === 'logIn' ? 'auth_logins_total' : 'auth_refreshes_total';
    expect(await counts(name)).toEqual({ ok: 2, wrong: 1, limited: 1, failed: 1 });
  }
});

test('counts registrations by result', async () => {
  const { accounts, counts } = setUp(['well', taken, limited, broken]);
  const ask = () => accounts.register({ ...login, username: 'ann' }, CLIENT);
  expect(await ask()).toEqual(ann);
  for (const failure of [taken, limited, broken]) await expect(ask()).rejects.toBe(failure);
  expect(await counts('auth_registrations_total')).toEqual({
    ok: 1,
    taken: 1,
    limited: 1,
    failed: 1,
  });
});

test('does not change the other calls', async () => {
  const { accounts } = setUp([]);
  await expect(accounts.logOut('a-token')).resolves.toBeUndefined();
});

test('times passwords, failed hashes included', async () => {
  const { measured, counts } = setUp([]);
  const passwords = measured.passwords({
    hash: (password) => (password === '' ? Promise.reject(broken) : Promise.resolve('hashed')),
    matches: async (_password, hash) => hash === 'hashed',
  });
  expect(await passwords.hash('password123')).toBe('hashed');
  await expect(passwords.hash('')).rejects.toBe(broken);
  expect(await passwords.matches('password123', 'hashed')).toBe(true);
  expect(await counts('auth_password_hash_duration_seconds_count')).toEqual({ hash: 2, verify: 1 });
});

test('counts reused refresh tokens', async () => {
  const { measured, registry } = setUp([]);
  measured.tokenReused();
  expect(await registry.metrics()).toContain('auth_refresh_token_reuses_total 1\n');
});

test('counts running, waiting and refused hashes', async () => {
  const { measured, registry, counts } = setUp([]);
  const hashes = async () => counts('auth_password_hashes');
  expect(await hashes()).toEqual({ running: 0, waiting: 0 });
  measured.watchHashes({ running: 2, waiting: 7 });
  expect(await hashes()).toEqual({ running: 2, waiting: 7 });
  expect(await registry.metrics()).toContain(
    'auth_password_hash_refusals_total{reason="late"} 0\n',
  );
  for (const reason of ['full', 'full', 'gone'] as const) measured.hashRefused(reason);
  expect(await counts('auth_password_hash_refusals_total')).toEqual({ full: 2, late: 0, gone: 1 });
});

test('counts the rows that a cleanup deleted, by table', async () => {
  const { measured, counts } = setUp([]);
  const name = 'auth_expired_rows_deleted_total';
  expect(await counts(name)).toEqual({ refresh_tokens: 0, sessions: 0, removed_users: 0 });
  measured.rowsDeleted('refresh_tokens', 1000);
  measured.rowsDeleted('sessions', 3);
  expect(await counts(name)).toEqual({ refresh_tokens: 1000, sessions: 3, removed_users: 0 });
});
