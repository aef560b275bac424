import { seriesOf, scrape } from '@relay/service-kit/testing/metrics-table';
import { planOf } from '@relay/service-kit/testing/plan';
import type { Knex } from 'knex';
import { v7 as uuidv7 } from 'uuid';
import { beforeEach, expect, test, vi } from 'vitest';

import { createExpiredRows } from './cleanup-store.ts';
import { createSessionStore } from './session-store.ts';
import { hashRefreshToken, newRefreshToken, newSalt, type SessionStore } from './session.ts';
import { REFRESH_TOKENS, REMOVED_USERS, SESSIONS } from './tables.ts';
import {
  connectAuthDatabase,
  migratedDatabase,
  signingKeysFolder,
  startAuth,
} from './testing/test-app.ts';
import { createUserStore } from './user-store.ts';

const START = new Date('2026-01-01T00:00:00Z');
const later = (seconds: number) => new Date(START.getTime() + seconds * 1000);
const newHash = () => hashRefreshToken(newRefreshToken());

let url: string;
let db: Knex;
let sessions: SessionStore;
let userId: string;

beforeEach(async () => {
  ({ url } = await migratedDatabase());
  db = connectAuthDatabase(url);
  sessions = createSessionStore(db);
  userId = uuidv7();
  const ann = { username: 'ann', email: 'ann@example.org', passwordHash: 'h' };
  await createUserStore(db).add({ id: userId, ...ann });
});

/** A session with as many tokens, all but the last used. @returns the hash of the last */
async function begin({ tokens = 1, expiresAt = later(60) } = {}): Promise<Buffer> {
  let hash = newHash();
  await sessions.begin({
    id: uuidv7(),
    userId,
    passwordHash: 'h',
    tokenHash: hash,
    createdAt: START,
    expiresAt,
    userAgent: null,
  });
  for (let token = 1; token < tokens; token += 1) {
    const nextHash = newHash();
    const times = { now: START, reusableSince: null };
    const successorHash = () => nextHash;
    await sessions.rotate({ usedHash: hash, salt: newSalt(), successorHash, ...times });
    hash = nextHash;
  }
  return hash;
}

async function count(table: string, transaction = db): Promise<number> {
  const [row] = await transaction(table).count<{ count: string }[]>();
  return Number(row!.count);
}

const rowsLeft = async () => [await count(SESSIONS), await count(REFRESH_TOKENS)];

test('deletes the tokens of expired sessions, oldest first, up to the limit', async () => {
  const newer = await begin({ tokens: 2, expiresAt: later(50) });
  await begin({ tokens: 3, expiresAt: later(40) });
  const expired = createExpiredRows(db);
  expect(await expired.deleteRefreshTokens(later(60), 3)).toBe(3);
  expect(await db(REFRESH_TOKENS).where({ hash: newer })).toHaveLength(1);
  expect(await expired.deleteRefreshTokens(later(60), 3)).toBe(2);
  expect(await rowsLeft()).toEqual([2, 0]);
});

test('deletes expired sessions without tokens, up to the limit', async () => {
  for (let session = 0; session < 3; session += 1) await begin();
  const expired = createExpiredRows(db);
  expect(await expired.deleteSessions(later(60), 2)).toBe(0);
  await expired.deleteRefreshTokens(later(60), 10);
  expect(await expired.deleteSessions(later(60), 2)).toBe(2);
  expect(await expired.deleteSessions(later(60), 2)).toBe(1);
  expect(await rowsLeft()).toEqual([0, 0]);
});

test('leaves sessions that have not expired, used and revoked ones too', async () => {
  await begin({ tokens: 3, expiresAt: later(61) });
  await sessions.revoke(await begin({ expiresAt: later(61) }), START);
  const expired = createExpiredRows(db);
  expect(await expired.deleteRefreshTokens(later(60), 10)).toBe(0);
  expect(await expired.deleteSessions(later(60), 10)).toBe(0);
  expect(await rowsLeft()).toEqual([2, 4]);
});

test('two pods that clean up at once share the rows, and neither waits for the other', async () => {
  await begin({ tokens: 4 });
  await begin();
  await db.transaction(async (other) => {
    expect(await createExpiredRows(other).deleteRefreshTokens(later(60), 3)).toBe(3);
    expect(await createExpiredRows(db).deleteRefreshTokens(later(60), 10)).toBe(2);
    expect(await createExpiredRows(db).deleteSessions(later(60), 10)).toBe(1);
  });
  expect(await createExpiredRows(db).deleteSessions(later(60), 10)).toBe(1);
  expect(await rowsLeft()).toEqual([0, 0]);
});

test('expired sessions are found by an index', async () => {
  const found = /using sessions_expires_at .*\n *Index Cond: \(expires_at <= /;
  for (const table of ['deleteRefreshTokens', 'deleteSessions'] as const) {
    const plan = await planOf(db, (explaining) => createExpiredRows(explaining)[table](START, 10));
    expect(plan).toMatch(found);
    expect(plan).not.toContain('Sort');
  }
});

test('deletes removals of a time ago, the oldest first, up to the limit, by an index', async () => {
  const ids = [uuidv7(), uuidv7(), uuidv7()];
  for (const [age, id] of ids.entries()) {
    await db(REMOVED_USERS).insert({ user_id: id, removed_at: later(-age) });
  }
  const expired = createExpiredRows(db);
  expect(await expired.deleteRemovedUsers(later(-1), 1)).toBe(1);
  expect(await db(REMOVED_USERS).pluck('user_id')).not.toContain(ids[2]);
  expect(await expired.deleteRemovedUsers(later(-1), 10)).toBe(1);
  expect(await db(REMOVED_USERS).pluck('user_id')).toEqual([ids[0]]);
  const plan = await planOf(db, (on) => createExpiredRows(on).deleteRemovedUsers(START, 10));
  expect(plan).toContain('using removed_users_by_time');
});

test('the service deletes them from time to time, and counts the rows', async () => {
  await begin({ tokens: 3 });
  await begin({ expiresAt: later(3600) });
  const app = await startAuth({
    databaseUrl: url,
    keysFolder: await signingKeysFolder(),
    clock: () => later(120),
    cleanupPeriodMs: 50,
  });
  await vi.waitFor(async () => expect(await rowsLeft()).toEqual([1, 1]), 10_000);
  await vi.waitFor(async () => {
    const series = seriesOf(await scrape(app.metrics));
    const deleted = (table: string) =>
      series.get(`auth_expired_rows_deleted_total{table="${table}"}`);
    expect([deleted('refresh_tokens'), deleted('sessions')]).toEqual([3, 1]);
    const name = 'postgres_query_duration_seconds_count{query="sessions.deleteExpired"}';
    expect(series.get(name)).toBeGreaterThan(0);
  }, 10_000);
});
