import { startTcpProxy } from '@relay/dev-servers/tcp-proxy';
import { v7 as uuidv7 } from 'uuid';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { connectAuthDatabase, migratedDatabase } from './testing/test-app.ts';
import { createUserStore } from './user-store.ts';
import type { NewUser, UserStore } from './user.ts';

let url: string;
let users: UserStore;
let count = 0;

beforeAll(async () => {
  ({ url } = await migratedDatabase());
  users = createUserStore(connectAuthDatabase(url));
});

const PHC = '$argon2id$v=19$…';
let ann: NewUser;
const newUser = (given: Partial<NewUser> = {}): NewUser => {
  count += 1;
  const name = `user${count}`;
  return {
    id: uuidv7(),
    username: name,
    email: `${name}@example.org`,
    passwordHash: PHC,
    ...given,
  };
};

beforeEach(async () => {
  ann = newUser();
  await users.add(ann);
});

test('returns the added user, without the hash', async () => {
  const bob = newUser();
  const { passwordHash: _hash, ...shown } = bob;
  expect(await users.add(bob)).toEqual({ user: { ...shown, createdAt: expect.any(Date) } });
});

test('the outcome of a registration without an answer is unknown, without a time to retry after', async () => {
  const proxy = await startTcpProxy(Number(new URL(url).port));
  onTestFinished(() => proxy.stop());
  const lossyUrl = Object.assign(new URL(url), { host: `127.0.0.1:${proxy.port}` });
  const lossy = createUserStore(connectAuthDatabase(lossyUrl.href));
  const bob = newUser();
  proxy.loseReplyTo('insert into');
  const error: unknown = await lossy.add(bob).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ code: 'outcome-unknown', retryAfterSeconds: undefined });
  expect(await users.findById(bob.id)).toMatchObject({ username: bob.username });
});

test('finds a user by id, and the hash by e-mail address alone', async () => {
  const found = await users.findById(ann.id);
  expect(found).toMatchObject({ username: ann.username, email: ann.email });
  expect(await users.findCredentials(ann.email)).toEqual({ user: found, passwordHash: PHC });
});

test('returns undefined for an unknown user', async () => {
  expect(await users.findById(uuidv7())).toBeUndefined();
  expect(await users.findCredentials('nobody@example.org')).toBeUndefined();
  expect(await users.findCredentials("' or 1=1 --")).toBeUndefined();
});

describe('a name and an e-mail address are one user’s alone', () => {
  test.each<[string, (user: NewUser) => Partial<NewUser>, string]>([
    ['the same name', ({ username }) => ({ username }), 'username'],
    ['the name in capitals', ({ username }) => ({ username: username.toUpperCase() }), 'username'],
    ['the same address', ({ email }) => ({ email }), 'email'],
    ['the address in capitals', ({ email }) => ({ email: email.toUpperCase() }), 'email'],
  ])('%s', async (_name, same, taken) => {
    expect(await users.add(newUser(same(ann)))).toEqual({ taken });
  });

  test('an address that was stored in capitals is found', async () => {
    const bob = newUser({ email: 'Shouting@Example.ORG' });
    await users.add(bob);
    expect(await users.findCredentials('shouting@example.org')).toMatchObject({
      user: { id: bob.id },
    });
  });

  test.each(['username', 'email'] as const)(
    'of ten concurrent registrations of a %s one succeeds',
    async (field) => {
      const wanted = newUser()[field];
      const contenders = Array.from({ length: 10 }, () => newUser({ [field]: wanted }));
      const outcomes = await Promise.all(contenders.map((user) => users.add(user)));
      expect(outcomes.filter((outcome) => 'user' in outcome)).toHaveLength(1);
      expect(outcomes.filter((outcome) => 'taken' in outcome)).toEqual(
        Array.from({ length: 9 }, () => ({ taken: field })),
      );
    },
  );
});

test('an id that is taken is a bug, not a conflict', async () => {
  await expect(users.add(newUser({ id: ann.id }))).rejects.toThrow('users_pkey');
});
