import { beforeEach, expect, test, vi } from 'vitest';

import { createAccounts, type Accounts } from './accounts.ts';
import { createAuthentication } from './authentication.ts';
import type { PasswordHashQueue } from './password-hash-queue.ts';
import type { Passwords } from './passwords.ts';
import type { RateLimits } from './rate-limits.ts';
import { hashRefreshToken, newSalt, type Rotation, type SessionStore } from './session.ts';
import type { Credentials, UserStore } from './user.ts';

const ANN: Credentials = {
  user: {
    id: '0198c5a0-0000-7000-8000-000000000001',
    username: 'ann',
    email: 'ann@example.org',
    createdAt: new Date(0),
  },
  passwordHash: 'hash of right',
};
const disconnected = new AbortController().signal;
const CLIENT = { address: '203.0.113.7', userAgent: 'A browser', disconnected };
const SESSION = '0198c5a0-0000-7000-8000-00000000000a';
const NOW = new Date('2026-01-01T00:00:00Z');
const END = new Date('2026-01-01T00:01:00Z');

const steps: string[] = [];
let rotation: Rotation;
let accounts: Accounts;

const passwords: Passwords = {
  hash: async (password) => `hash of ${password}`,
  async matches(password, passwordHash) {
    steps.push(`check against ${passwordHash ?? 'no hash'}`);
    return passwordHash === `hash of ${password}`;
  },
};
const users: UserStore = {
  add: async () => ({ taken: 'email' }),
  async findCredentials(email) {
    steps.push(`look for ${email}`);
    return email === ANN.user.email ? ANN : undefined;
  },
  findById: async (id) => (id === ANN.user.id ? ANN.user : undefined),
};
let begins: boolean;
const sessions: Pick<SessionStore, 'begin' | 'rotate' | 'revoke'> = {
  async begin({ expiresAt, passwordHash, userAgent }) {
    steps.push(`session of ${userAgent} until ${expiresAt.toISOString()} for ${passwordHash}`);
    return begins;
  },
  rotate: async () => rotation,
  revoke: async () => {},
};
const limits: RateLimits = {
  async registration(address) {
    steps.push(`count registration of ${address}`);
  },
  async login(address, email) {
    steps.push(`count login of ${email} from ${address}`);
  },
  async refresh(address) {
    steps.push(`count refresh of ${address}`);
  },
  async loginUnchecked(address, email) {
    steps.push(`refund the login of ${email} from ${address}`);
  },
  async loginSucceeded(address, email) {
    steps.push(`reset logins of ${email} from ${address}`);
  },
};

const hashQueue: Pick<PasswordHashQueue, 'assertRoom' | 'run'> = {
  assertRoom: () => {},
  async run(work, disconnected) {
    steps.push(disconnected.aborted ? 'drop the hash' : 'wait for a turn');
    const result = await work();
    steps.push('end of the turn');
    return result;
  },
};

beforeEach(() => {
  steps.length = 0;
  begins = true;
  accounts = createAccounts({
    users,
    sessions,
    authentication: createAuthentication({ users, passwords, limits, hashQueue }),
    passwords,
    tokens: { issue: async () => ({ token: 't', expiresIn: 1 }) },
    limits,
    hashQueue,
    sessionLifeSeconds: 60,
    reuseSeconds: 10,
    onTokenReused: (userId) => steps.push(`a token of ${userId} came twice`),
    clock: () => NOW,
  });
});

const rotated = (salt: Buffer): Rotation => ({
  status: 'rotated',
  user: ANN.user,
  sessionId: SESSION,
  salt,
  sessionExpiresAt: END,
});

const turn = (...work: string[]) => ['wait for a turn', ...work, 'end of the turn'];

const refusal = { code: 'unauthenticated', message: 'The e-mail address or the password is wrong' };

test('a login counts, checks, resets the count and starts a session', async () => {
  const issued = await accounts.logIn({ email: ANN.user.email, password: 'right' }, CLIENT);
  expect(issued).toEqual({
    tokens: { token: 't', expiresIn: 1, refreshToken: expect.any(String) },
    sessionExpiresAt: END,
  });
  expect(steps).toEqual([
    'count login of ann@example.org from 203.0.113.7',
    ...turn('look for ann@example.org', 'check against hash of right'),
    'reset logins of ann@example.org from 203.0.113.7',
    'session of A browser until 2026-01-01T00:01:00.000Z for hash of right',
  ]);
});

test('a login fails if the password is changed before the session begins', async () => {
  begins = false;
  const login = accounts.logIn({ email: ANN.user.email, password: 'right' }, CLIENT);
  await expect(login).rejects.toMatchObject(refusal);
});

test('a wrong password costs a check and keeps the count', async () => {
  const login = accounts.logIn({ email: ANN.user.email, password: 'wrong' }, CLIENT);
  await expect(login).rejects.toMatchObject(refusal);
  expect(steps).toEqual([
    'count login of ann@example.org from 203.0.113.7',
    ...turn('look for ann@example.org', 'check against hash of right'),
  ]);
});

test('an unknown e-mail address costs the same check and gets the same words', async () => {
  const login = accounts.logIn({ email: 'bob@example.org', password: 'right' }, CLIENT);
  await expect(login).rejects.toMatchObject(refusal);
  expect(steps).toEqual([
    'count login of bob@example.org from 203.0.113.7',
    ...turn('look for bob@example.org', 'check against no hash'),
  ]);
});

test('no password is checked once the limit is reached', async () => {
  const login = vi.spyOn(limits, 'login').mockRejectedValueOnce(new Error('limit reached'));
  await expect(
    accounts.logIn({ email: ANN.user.email, password: 'right' }, CLIENT),
  ).rejects.toThrow('limit reached');
  expect(steps).toEqual([]);
  login.mockRestore();
});

test('a login that could not be checked does not count for its account', async () => {
  const lost = new Error('Postgres is away');
  const find = vi.spyOn(users, 'findCredentials').mockRejectedValueOnce(lost);
  const login = accounts.logIn({ email: ANN.user.email, password: 'right' }, CLIENT);
  await expect(login).rejects.toThrow(lost);
  expect(steps).toEqual([
    'count login of ann@example.org from 203.0.113.7',
    'wait for a turn',
    'refund the login of ann@example.org from 203.0.113.7',
  ]);
  find.mockRestore();
});

test('while too many passwords wait, nothing is counted and nothing is looked up', async () => {
  const room = vi.spyOn(hashQueue, 'assertRoom').mockImplementation(() => {
    throw new Error('too many wait');
  });
  const login = accounts.logIn({ email: ANN.user.email, password: 'right' }, CLIENT);
  await expect(login).rejects.toThrow('too many wait');
  const registration = { username: 'ann', email: ANN.user.email, password: 'password123' };
  await expect(accounts.register(registration, CLIENT)).rejects.toThrow('too many wait');
  expect(steps).toEqual([]);
  room.mockRestore();
});

test('the hash of a disconnected client is dropped', async () => {
  const left = { ...CLIENT, disconnected: AbortSignal.abort() };
  await accounts.logIn({ email: ANN.user.email, password: 'right' }, left);
  const registration = { username: 'ann', email: ANN.user.email, password: 'password123' };
  await expect(accounts.register(registration, left)).rejects.toMatchObject({ code: 'conflict' });
  expect(steps.filter((step) => step === 'drop the hash')).toHaveLength(2);
});

test('a conflict names its field', async () => {
  const registration = { username: 'ann', email: ANN.user.email, password: 'password123' };
  await expect(accounts.register(registration, CLIENT)).rejects.toMatchObject({
    code: 'conflict',
    errors: [{ path: 'email', message: 'This e-mail address is taken' }],
  });
});

test.each<Rotation>([{ status: 'unknown' }, { status: 'reused', userId: ANN.user.id }])(
  'a refresh that is $status gets the same words',
  async (outcome) => {
    rotation = outcome;
    await expect(accounts.refresh('token', CLIENT)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'The refresh token is not valid',
    });
  },
);

test('no token is used up once the limit is reached', async () => {
  const refresh = vi.spyOn(limits, 'refresh').mockRejectedValueOnce(new Error('limit reached'));
  const rotate = vi.spyOn(sessions, 'rotate');
  await expect(accounts.refresh('token', CLIENT)).rejects.toThrow('limit reached');
  expect(rotate).not.toHaveBeenCalled();
  rotate.mockRestore();
  refresh.mockRestore();
});

test('a refresh needs no look-up once the token has been used up', async () => {
  rotation = rotated(newSalt());
  const findById = vi.spyOn(users, 'findById').mockRejectedValue(new Error('lost'));
  expect(await accounts.refresh('token', CLIENT)).toMatchObject({ tokens: { token: 't' } });
  findById.mockRestore();
});

test('the stored successor is the returned one', async () => {
  const rotate = vi.spyOn(sessions, 'rotate');
  rotate.mockImplementation(async ({ salt }) => rotated(salt));
  const { refreshToken } = (await accounts.refresh('token', CLIENT)).tokens;
  expect(rotate).toHaveBeenCalledWith({
    usedHash: hashRefreshToken('token'),
    salt: expect.any(Buffer),
    successorHash: expect.any(Function),
    now: NOW,
    reusableSince: new Date('2025-12-31T23:59:50Z'),
  });
  const { salt, successorHash } = rotate.mock.calls[0]![0];
  expect(successorHash(salt)).toEqual(hashRefreshToken(refreshToken));
  rotate.mockRestore();
});

test('a token that has a successor already gets the same again', async () => {
  rotation = rotated(newSalt());
  const { refreshToken } = (await accounts.refresh('token', CLIENT)).tokens;
  expect((await accounts.refresh('token', CLIENT)).tokens).toMatchObject({ refreshToken });
  expect((await accounts.refresh('other', CLIENT)).tokens).not.toMatchObject({ refreshToken });
});

test('a reused refresh token is reported, others are not', async () => {
  rotation = { status: 'unknown' };
  await expect(accounts.refresh('token', CLIENT)).rejects.toMatchObject({
    code: 'unauthenticated',
  });
  expect(steps).toEqual(['count refresh of 203.0.113.7']);
  rotation = { status: 'reused', userId: ANN.user.id };
  await expect(accounts.refresh('token', CLIENT)).rejects.toMatchObject({
    code: 'unauthenticated',
  });
  expect(steps.at(-1)).toBe(`a token of ${ANN.user.id} came twice`);
});
