import { v7 as uuidv7 } from 'uuid';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createSessionStore } from './session-store.ts';
import {
  hashRefreshToken,
  newRefreshToken,
  newSalt,
  successorOf,
  type SessionStore,
} from './session.ts';
import { REFRESH_TOKENS } from './tables.ts';
import { connectAuthDatabase, migratedDatabase } from './testing/test-app.ts';
import { createUserStore } from './user-store.ts';

const START = new Date('2026-01-01T00:00:00Z');
const later = (seconds: number) => new Date(START.getTime() + seconds * 1000);
const newHash = () => hashRefreshToken(newRefreshToken());

let db: ReturnType<typeof connectAuthDatabase>;
let sessions: SessionStore;
let userId: string;
let first: Buffer;

beforeAll(async () => {
  const { url } = await migratedDatabase();
  db = connectAuthDatabase(url);
  sessions = createSessionStore(db);
});

beforeEach(async () => {
  userId = uuidv7();
  const username = userId.slice(-12);
  const email = `${username}@example.org`;
  await createUserStore(db).add({ id: userId, username, email, passwordHash: 'h' });
  first = await begin();
});

/** A session of a minute, from `START`. */
const newSession = () => ({
  id: uuidv7(),
  userId,
  passwordHash: 'h',
  tokenHash: newHash(),
  createdAt: START,
  expiresAt: later(60),
  userAgent: null,
});

async function begin(): Promise<Buffer> {
  const session = newSession();
  expect(await sessions.begin(session)).toBe(true);
  return session.tokenHash;
}

const REUSE_MS = 10_000;

interface Presented {
  now?: Date;
  reuseMs?: number;
  salt?: Buffer;
  successorHash?: (salt: Buffer) => Buffer;
}

/** Presents a token. @returns the outcome, and the salt and hash of the token that follows, if it is new */
async function rotate(usedHash: Buffer, given: Presented = {}) {
  const { now = later(1), reuseMs = REUSE_MS, salt = newSalt() } = given;
  const { successorHash = (used) => hashRefreshToken(used.toString('hex')) } = given;
  const reusableSince = reuseMs > 0 ? new Date(now.getTime() - reuseMs) : null;
  const outcome = await sessions.rotate({ usedHash, salt, successorHash, now, reusableSince });
  return { outcome, salt, nextHash: successorHash(salt) };
}

const statusOf = async (hash: Buffer, now = later(1)) =>
  (await rotate(hash, { now })).outcome.status;

test('each token has a successor', async () => {
  const user = await createUserStore(db).findById(userId);
  const second = await rotate(first);
  const rotated = {
    status: 'rotated',
    user,
    sessionId: expect.any(String),
    sessionExpiresAt: later(60),
  };
  expect(second.outcome).toEqual({ ...rotated, salt: second.salt });
  const third = await rotate(second.nextHash);
  expect(third.outcome).toEqual({ ...rotated, salt: third.salt });
});

test('a token can be used again after a failed rotation', async () => {
  const cutOff = db.withUserParams({}).on('query', ({ sql }: { sql: string }) => {
    if (sql.startsWith('insert')) throw new Error('connection lost');
  });
  const losing = createSessionStore(cutOff);
  const token = { salt: newSalt(), successorHash: newHash, now: later(1), reusableSince: START };
  const lost = losing.rotate({ usedHash: first, ...token });
  await expect(lost).rejects.toThrow('connection lost');
  expect(await statusOf(first)).toBe('rotated');
});

test('a token that was never issued is unknown', async () => {
  expect(await statusOf(newHash())).toBe('unknown');
});

describe('a token that is used again', () => {
  test('within the interval leads to the same successor, which works', async () => {
    const second = await rotate(first, { now: later(1) });
    const again = await rotate(first, { now: later(10.999) });
    expect(again.outcome).toEqual(second.outcome);
    expect((await rotate(second.nextHash, { now: later(11) })).outcome.status).toBe('rotated');
    expect(await statusOf(again.nextHash)).toBe('unknown');
  });

  test('after the interval leads to the same successor while that one is unused', async () => {
    const second = await rotate(first, { now: later(1) });
    const late = await rotate(first, { now: later(59) });
    expect(late.outcome).toEqual(second.outcome);
    expect(await statusOf(second.nextHash, later(59))).toBe('rotated');
    expect(await statusOf(late.nextHash, later(59))).toBe('unknown');
  });

  test('after the interval and after a use of the successor ends its family', async () => {
    const second = await rotate(first, { now: later(1) });
    const third = await rotate(second.nextHash, { now: later(2) });
    const late = await rotate(first, { now: later(11) });
    expect(late.outcome).toEqual({ status: 'reused', userId });
    expect(await statusOf(third.nextHash, later(11))).toBe('unknown');
  });

  test('does not extend the interval', async () => {
    const second = await rotate(first, { now: later(1) });
    await rotate(second.nextHash, { now: later(2) });
    expect(await statusOf(first, later(10))).toBe('rotated');
    expect(await statusOf(first, later(11))).toBe('reused');
  });

  test('ends its family at once where there is no interval', async () => {
    await rotate(first, { now: later(1), reuseMs: 0 });
    // Though the successor is unused. A pod with a slow clock.
    const again = await rotate(first, { now: START, reuseMs: 0 });
    expect(again.outcome.status).toBe('reused');
  });

  test('gets nothing once its session was revoked or has expired', async () => {
    await rotate(first, { now: later(59) });
    expect(await statusOf(first, later(60))).toBe('unknown');
    const other = await begin();
    await rotate(other);
    await sessions.revoke(other, later(2));
    expect(await statusOf(other, later(2))).toBe('unknown');
  });

  test('leaves the other sessions of the user alone', async () => {
    const elsewhere = await begin();
    const second = await rotate(first, { now: later(1) });
    await rotate(second.nextHash, { now: later(2) });
    expect(await statusOf(first, later(11))).toBe('reused');
    expect(await statusOf(elsewhere, later(11))).toBe('rotated');
  });

  test('ends its family if a pod of the version before has used it', async () => {
    await db(REFRESH_TOKENS)
      .where({ hash: first })
      .update({ used_at: later(1) });
    expect(await statusOf(first, later(2))).toBe('reused');
  });
});

test('a token of an expired session is not marked used', async () => {
  expect(await statusOf(first, later(60))).toBe('unknown');
  // A pod with a slow clock.
  const { outcome, nextHash } = await rotate(first, { now: later(59) });
  expect(outcome.status).toBe('rotated');
  expect(await statusOf(nextHash, later(59))).toBe('rotated');
});

test('ten concurrent uses of a token get the same, only successor', async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => rotate(first)));
  const salts = all.map(({ outcome }) => (outcome.status === 'rotated' ? outcome.salt : null));
  expect(new Set(salts.map((salt) => salt?.toString('hex')))).toHaveProperty('size', 1);
  const winner = all.find(({ salt }) => salt.equals(salts[0]!))!;
  for (const { nextHash } of all) {
    expect(await statusOf(nextHash)).toBe(nextHash === winner.nextHash ? 'rotated' : 'unknown');
  }
});

test('a session ends at its time, however often it is used', async () => {
  const { nextHash, outcome } = await rotate(first, { now: later(59) });
  expect(outcome.status).toBe('rotated');
  expect(await statusOf(nextHash, later(60))).toBe('unknown');
});

test('a session that has expired is over', async () => {
  expect(await statusOf(first, later(59.999))).toBe('rotated');
  expect(await statusOf(await begin(), later(60))).toBe('unknown');
});

test('a revoked session is over, whichever of its tokens was shown', async () => {
  const second = await rotate(first);
  await sessions.revoke(first, later(2));
  expect(await statusOf(second.nextHash)).toBe('unknown');
});

test('revocation of an unknown or revoked token is ignored', async () => {
  await expect(sessions.revoke(newHash(), START)).resolves.toBeUndefined();
  await sessions.revoke(first, START);
  await expect(sessions.revoke(first, START)).resolves.toBeUndefined();
});

test('no token is stored, only hashes and salts', async () => {
  const token = newRefreshToken();
  const salt = newSalt();
  const successor = successorOf(token, salt);
  const tokenHash = hashRefreshToken(token);
  await sessions.begin({ ...newSession(), tokenHash });
  await rotate(tokenHash, { salt, successorHash: () => hashRefreshToken(successor) });
  const { rows } = await db.raw('select t::text as all from auth.refresh_tokens t');
  const kept = JSON.stringify(rows);
  for (const hash of [tokenHash, hashRefreshToken(successor), salt]) {
    expect(kept).toContain(hash.toString('hex'));
  }
  for (const secret of [token, successor]) {
    expect(kept).not.toContain(secret);
    expect(kept).not.toContain(Buffer.from(secret, 'base64url').toString('hex'));
  }
});
