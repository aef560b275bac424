import type { Knex } from 'knex';
import { v7 as uuidv7 } from 'uuid';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createAccountStore } from './account-store.ts';
import { createSessionStore } from './session-store.ts';
import { hashRefreshToken, newRefreshToken, newSalt, type SessionStore } from './session.ts';
import { REFRESH_TOKENS, SESSIONS, USERS } from './tables.ts';
import { connectAuthDatabase, migratedDatabase } from './testing/test-app.ts';
import { createUserStore } from './user-store.ts';

const START = new Date('2026-01-01T00:00:00Z');
const later = (seconds: number) => new Date(START.getTime() + seconds * 1000);

let db: Knex;
let sessions: SessionStore;
let userId: string;

beforeAll(async () => {
  const { url } = await migratedDatabase();
  // A third of it limits the waits for locks.
  db = connectAuthDatabase(url, 60_000);
  sessions = createSessionStore(db);
});

beforeEach(async () => {
  userId = await addUser();
});

async function addUser(): Promise<string> {
  const id = uuidv7();
  const username = id.slice(-12);
  const email = `${username}@example.org`;
  await createUserStore(db).add({ id, username, email, passwordHash: 'h' });
  return id;
}

const newSession = (given = {}) => ({
  id: uuidv7(),
  userId,
  passwordHash: 'h',
  tokenHash: hashRefreshToken(newRefreshToken()),
  createdAt: START,
  expiresAt: later(60),
  userAgent: 'A browser',
  ...given,
});

async function begin(given = {}) {
  const session = newSession(given);
  expect(await sessions.begin(session)).toBe(true);
  return session;
}

const successorHash = () => hashRefreshToken(newRefreshToken());

async function refresh({ tokenHash }: { tokenHash: Buffer }, now: Date) {
  const token = { usedHash: tokenHash, successorHash, salt: newSalt(), reusableSince: null };
  return (await sessions.rotate({ ...token, now })).status;
}

const listed = async (now = later(1)) =>
  (await sessions.listActive(userId, now)).map(({ id }) => id);

async function countWaiting(): Promise<number> {
  const { rows } = await db.raw(
    `select count(*)::int as waiting from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rows[0].waiting;
}

/** Waits until this many transactions wait for a lock. */
async function untilWaiting(count: number): Promise<void> {
  await expect.poll(countWaiting).toBe(count);
}

test('a session has its start, its last refresh, its end and its user agent', async () => {
  const { id, tokenHash } = await begin();
  const session = { id, createdAt: START, expiresAt: later(60), userAgent: 'A browser' };
  expect(await sessions.listActive(userId, later(1))).toEqual([{ ...session, lastUsedAt: START }]);
  await refresh({ tokenHash }, later(5));
  expect(await sessions.listActive(userId, later(6))).toEqual([
    { ...session, lastUsedAt: later(5) },
  ]);
});

test('lists the last used first, without expired and revoked ones and those of others', async () => {
  const [first, second] = [await begin(), await begin({ createdAt: later(1) })];
  const expired = await begin({ expiresAt: later(3) });
  const revoked = await begin();
  await sessions.revoke(revoked.tokenHash, later(1));
  await begin({ userId: await addUser() });
  expect(await listed(later(2))).toEqual([second.id, ...[first.id, expired.id].toSorted()]);
  await refresh(first, later(3));
  expect(await listed(later(4))).toEqual([first.id, second.id]);
});

test('a session of a pod of the previous version is listed, and can be refreshed', async () => {
  const id = uuidv7();
  await db(SESSIONS).insert({ id, user_id: userId, expires_at: later(60) });
  expect(await sessions.listActive(userId, later(1))).toEqual([
    {
      id,
      createdAt: expect.any(Date),
      lastUsedAt: expect.any(Date),
      expiresAt: later(60),
      userAgent: null,
    },
  ]);
});

test('ends one session of the user, once', async () => {
  const [mine, other] = [await begin(), await begin()];
  const stranger = await addUser();
  const end = (id: string, of = userId) => sessions.end({ userId: of, sessionId: id }, later(1));
  expect(await end(mine.id, stranger)).toBe(false);
  expect(await end(uuidv7())).toBe(false);
  expect(await end(mine.id)).toBe(true);
  expect(await end(mine.id)).toBe(false);
  expect(await refresh(mine, later(2))).toBe('unknown');
  expect(await listed()).toEqual([other.id]);
  expect(await refresh(other, later(2))).toBe('rotated');
});

test('ends all sessions of the user but one', async () => {
  const [kept, other] = [await begin(), await begin()];
  const strangers = await begin({ userId: await addUser() });
  await sessions.endOthers({ userId, sessionId: kept.id }, later(1));
  expect(await listed()).toEqual([kept.id]);
  expect(await refresh(other, later(2))).toBe('unknown');
  expect(await refresh(strangers, later(2))).toBe('rotated');
  await sessions.endOthers({ userId, sessionId: undefined }, later(1));
  expect(await listed()).toEqual([]);
});

test('is active until it is ended or expires, for its user', async () => {
  const { id } = await begin();
  const isActive = (now: Date, of = userId) =>
    sessions.isActive({ userId: of, sessionId: id }, now);
  expect(await isActive(later(59))).toBe(true);
  expect(await isActive(later(60))).toBe(false);
  expect(await isActive(later(1), uuidv7())).toBe(false);
  await sessions.end({ userId, sessionId: id }, later(1));
  expect(await isActive(later(2))).toBe(false);
});

const replace = (change: object, on = db) =>
  createAccountStore(on).replacePassword(
    { userId, sessionId: undefined, currentHash: 'h', newHash: 'next', ...change },
    later(1),
  );
const hashOf = async () => (await db(USERS).where({ id: userId }).first('password_hash')) as object;

describe('a change of the password', () => {
  test('ends the other sessions', async () => {
    const [kept, other] = [await begin(), await begin()];
    expect(await replace({ sessionId: kept.id })).toBe(true);
    expect(await hashOf()).toEqual({ password_hash: 'next' });
    expect(await refresh(other, later(2))).toBe('unknown');
    expect(await refresh(kept, later(2))).toBe('rotated');
  });

  test('does nothing if the password has been changed meanwhile', async () => {
    const { id } = await begin();
    expect(await replace({ currentHash: 'another' })).toBe(false);
    expect(await hashOf()).toEqual({ password_hash: 'h' });
    expect(await listed()).toEqual([id]);
  });

  test('lets no login with the old password begin a session afterwards', async () => {
    await replace({});
    expect(await sessions.begin(newSession())).toBe(false);
    expect(await sessions.begin(newSession({ passwordHash: 'next' }))).toBe(true);
  });

  test('and a login at the same time: no session of the old password survives', async () => {
    let login: Promise<boolean> | undefined;
    await db.transaction(async (trx) => {
      await replace({}, trx);
      // Waits for the lock of the user's row.
      login = sessions.begin(newSession());
      await untilWaiting(1);
    });
    expect(await login).toBe(false);
    expect(await listed()).toEqual([]);
  });
});

test('a session of a removed user cannot begin', async () => {
  const gone = newSession({ userId: uuidv7() });
  expect(await sessions.begin(gone)).toBe(false);
});

test('a refresh and the removal of its user at the same time do not deadlock', async () => {
  const session = await begin();
  const attempts: Promise<unknown>[] = [];
  await db.transaction(async (trx) => {
    await trx(REFRESH_TOKENS).where({ hash: session.tokenHash }).forUpdate();
    attempts.push(refresh(session, later(1)));
    await untilWaiting(1);
    attempts.push(createAccountStore(db).remove({ userId, currentHash: 'h' }, later(1)));
    await untilWaiting(2);
  });
  expect(await Promise.all(attempts)).toEqual(['rotated', true]);
  expect(await listed()).toEqual([]);
});
