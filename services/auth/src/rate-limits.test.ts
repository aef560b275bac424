import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { createRateLimits, type RateLimits } from './rate-limits.ts';

const limits = {
  loginsPerAccount: 2,
  loginsPerAddress: 4,
  refreshesPerAddress: 3,
  registrationsPerAddress: 1,
};
const HERE = '203.0.113.7';
const THERE = '198.51.100.9';
let rates: RateLimits;

beforeEach(() => {
  vi.useFakeTimers();
  rates = createRateLimits({ limits, redis: undefined });
});
afterEach(() => vi.useRealTimers());

const LIMITED = { code: 'rate-limited', retryAfterSeconds: 60 };

test('counts failed logins for an account from one address', async () => {
  await rates.login(HERE, 'ann@example.org');
  await rates.login(HERE, 'ann@example.org');
  await expect(rates.login(HERE, 'ann@example.org')).rejects.toMatchObject(LIMITED);
});

test('a stranger’s guesses do not lock the owner out', async () => {
  for (let guess = 1; guess <= 3; guess += 1) {
    await rates.login(THERE, 'ann@example.org').catch(() => {});
  }
  await expect(rates.login(HERE, 'ann@example.org')).resolves.toBeUndefined();
});

test('counts logins from one address for all accounts', async () => {
  for (const name of ['a', 'b', 'c', 'd']) await rates.login(HERE, `${name}@example.org`);
  await expect(rates.login(HERE, 'e@example.org')).rejects.toMatchObject(LIMITED);
  await expect(rates.login(THERE, 'e@example.org')).resolves.toBeUndefined();
});

test('a success resets the count of the account, not of the address', async () => {
  await rates.login(HERE, 'ann@example.org');
  await rates.login(HERE, 'ann@example.org');
  await rates.loginSucceeded(HERE, 'ann@example.org');
  await rates.login(HERE, 'ann@example.org');
  await rates.login(HERE, 'ann@example.org');
  await expect(rates.login(HERE, 'bob@example.org')).rejects.toMatchObject(LIMITED);
});

test('a login that was not checked counts for its address alone', async () => {
  for (let time = 1; time <= 4; time += 1) {
    await rates.login(HERE, 'ann@example.org');
    await rates.loginUnchecked(HERE, 'ann@example.org');
  }
  await expect(rates.login(HERE, 'ann@example.org')).rejects.toMatchObject(LIMITED);
});

test('counts refreshes from one address, apart from its logins', async () => {
  for (const name of ['a', 'b', 'c', 'd']) await rates.login(HERE, `${name}@example.org`);
  for (let time = 1; time <= 3; time += 1) await rates.refresh(HERE);
  await expect(rates.refresh(HERE)).rejects.toMatchObject(LIMITED);
  await expect(rates.refresh(THERE)).resolves.toBeUndefined();
});

test('refreshes leave the logins of their address', async () => {
  for (let time = 1; time <= 4; time += 1) await rates.refresh(HERE).catch(() => {});
  await expect(rates.login(HERE, 'ann@example.org')).resolves.toBeUndefined();
});

test('counts registrations from one address', async () => {
  await rates.registration(HERE);
  await expect(rates.registration(HERE)).rejects.toMatchObject(LIMITED);
  await expect(rates.registration(THERE)).resolves.toBeUndefined();
});

const host = (last: number) => `2001:db8:1:2::${last}`;

test('counts all of an IPv6 /64 as one client', async () => {
  await rates.registration(host(1));
  await expect(rates.registration(host(2))).rejects.toMatchObject(LIMITED);
  await expect(rates.registration('2001:db8:1:3::1')).resolves.toBeUndefined();

  await rates.login(host(1), 'ann@example.org');
  await rates.login(host(2), 'ann@example.org');
  await expect(rates.login(host(3), 'ann@example.org')).rejects.toMatchObject(LIMITED);
  await rates.loginSucceeded(host(4), 'ann@example.org');
  for (const last of [5, 6, 7]) await rates.refresh(host(last));
  await expect(rates.refresh(host(8))).rejects.toMatchObject(LIMITED);
});

test('has the time to wait, and allows attempts after it', async () => {
  await rates.registration(HERE);
  await vi.advanceTimersByTimeAsync(45_000);
  await expect(rates.registration(HERE)).rejects.toMatchObject({ retryAfterSeconds: 15 });
  await vi.advanceTimersByTimeAsync(15_000);
  await expect(rates.registration(HERE)).resolves.toBeUndefined();
});
