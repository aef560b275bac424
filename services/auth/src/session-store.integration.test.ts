import { v7 as uuidv7 } from 'uuid';
import { beforeAll, beforeEach, expect, test } from 'vitest';

import { createSessionStore } from './session-store.ts';
import { hashRefreshToken, newRefreshToken, type SessionStore } from './session.ts';
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

async function begin(now = START): Promise<Buffer> {
  const tokenHash = newHash();
  const expiresAt = new Date(now.getTime() + 60_000);
  await sessions.begin({ id: uuidv7(), userId, tokenHash, now, expiresAt });
  return tokenHash;
}

/** Presents a token. @returns the outcome, and the hash of the token that followed */
async function rotate(usedHash: Buffer, now = later(1)) {
  const nextHash = newHash();
  return { outcome: await sessions.rotate({ usedHash, nextHash, now }), nextHash };
}

const statusOf = async (hash: Buffer, now?: Date) => (await rotate(hash, now)).outcome.status;

test('each token is followed by the next', async () => {
  const second = await rotate(first);
  const rotated = { status: 'rotated', user: await createUserStore(db).findById(userId) };
  expect(second.outcome).toEqual(rotated);
  const third = await rotate(second.nextHash);
  expect(third.outcome).toEqual(rotated);
});

test('a token that a fault kept from being followed can be used again', async () => {
  const cutOff = db.withUserParams({}).on('query', ({ sql }: { sql: string }) => {
    if (sql.includes('"users"')) throw new Error('connection lost');
  });
  const losing = createSessionStore(cutOff);
  const lost = losing.rotate({ usedHash: first, nextHash: newHash(), now: later(1) });
  await expect(lost).rejects.toThrow('connection lost');
  expect(await statusOf(first)).toBe('rotated');
});

test('a token that was never given is unknown', async () => {
  expect(await statusOf(newHash())).toBe('unknown');
});

test('a token that is used again ends its family, successors and all', async () => {
  const second = await rotate(first);
  const third = await rotate(second.nextHash);
  expect((await rotate(first)).outcome).toEqual({ status: 'reused', userId });
  expect(await statusOf(third.nextHash)).toBe('unknown');
});

test('the other sessions of the user go on', async () => {
  const elsewhere = await begin();
  await rotate(first);
  await statusOf(first);
  expect(await statusOf(elsewhere)).toBe('rotated');
});

test('of two who use a token at once one gets the next, and the family ends', async () => {
  const both = await Promise.all([rotate(first), rotate(first)]);
  expect(both.map(({ outcome }) => outcome.status).sort()).toEqual(['reused', 'rotated']);
  const winner = both.find(({ outcome }) => outcome.status === 'rotated')!;
  expect(await statusOf(winner.nextHash)).toBe('unknown');
});

test('ten at once leave no token that works', async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => rotate(first)));
  expect(all.filter(({ outcome }) => outcome.status === 'rotated')).toHaveLength(1);
  for (const { nextHash } of all) expect(await statusOf(nextHash)).toBe('unknown');
});

test('a session ends at its time, however often it is used', async () => {
  const { nextHash, outcome } = await rotate(first, later(59));
  expect(outcome.status).toBe('rotated');
  expect(await statusOf(nextHash, later(60))).toBe('unknown');
});

test('a session that has expired is over', async () => {
  expect(await statusOf(first, later(60))).toBe('unknown');
  expect(await statusOf(first, later(1))).not.toBe('rotated');
});

test('a revoked session is over, whichever of its tokens was shown', async () => {
  const second = await rotate(first);
  await sessions.revoke(first, later(2));
  expect(await statusOf(second.nextHash)).toBe('unknown');
});

test('revoking what is not known, or twice, is no error', async () => {
  await expect(sessions.revoke(newHash(), START)).resolves.toBeUndefined();
  await sessions.revoke(first, START);
  await expect(sessions.revoke(first, START)).resolves.toBeUndefined();
});

test('a new session sweeps away those of the same user that have expired', async () => {
  const count = async () =>
    Number((await db('sessions').where({ user_id: userId }).count())[0]!['count']);
  await begin(later(59));
  expect(await count()).toBe(2);
  await begin(later(60));
  expect(await count()).toBe(2);
  expect(await db('refresh_tokens').where({ hash: first })).toEqual([]);
});

test('no token is kept, only hashes', async () => {
  const token = newRefreshToken();
  const tokenHash = hashRefreshToken(token);
  const times = { now: START, expiresAt: later(60) };
  await sessions.begin({ id: uuidv7(), userId, tokenHash, ...times });
  const { rows } = await db.raw('select t::text as all from refresh_tokens t');
  expect(JSON.stringify(rows)).toContain(tokenHash.toString('hex'));
  expect(JSON.stringify(rows)).not.toContain(token);
});
