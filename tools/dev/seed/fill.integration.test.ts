import { authSchema } from '@relay/auth';
import { testDatabase } from '@relay/dev-servers/testing';
import { postSchema } from '@relay/post';
import { migrate } from '@relay/service-kit/postgres/migrations';
import { Client } from 'pg';
import { afterAll, expect, test } from 'vitest';

import { registrationSchema } from '../../../services/auth/src/user.ts';
import { draftSchema } from '../../../services/post/src/post.ts';
import type { Wanted } from './amounts.ts';
import { fill } from './fill.ts';

const clients: Client[] = [];
afterAll(() => Promise.all(clients.map((client) => client.end())));

async function emptyDatabase(): Promise<Client> {
  const url = await testDatabase();
  for (const schema of [authSchema, postSchema]) {
    await migrate({ ownerUrl: url, serviceUrl: url, schema });
  }
  const client = new Client({ connectionString: url });
  await client.connect();
  clients.push(client);
  return client;
}

function add(
  client: Client,
  wanted: Wanted,
  { seedValue = 1, signal = new AbortController().signal } = {},
) {
  return fill({ client, seedValue, passwordHash: 'x', log() {}, signal, ...wanted });
}

async function column(client: Client, query: string): Promise<unknown[]> {
  const { rows } = await client.query({ text: query, rowMode: 'array' });
  return rows.map(([value]: unknown[]) => value);
}

const VOTES = 'select votes from post.posts order by votes desc';
const sum = (values: unknown[]) =>
  values.reduce((total: number, value) => total + Number(value), 0);

test.each([
  { votes: 5000, posts: 1000, users: 100 },
  { votes: 0, posts: 10, users: 10 },
  { votes: 7, posts: 1, users: 10 },
  { votes: 100, posts: 10, users: 10 },
  { votes: 99, posts: 10, users: 10 },
  { votes: 3, posts: 100, users: 1 },
])('spreads $votes votes of $users users over $posts posts, none lost', async (wanted) => {
  const client = await emptyDatabase();
  expect(await add(client, wanted)).toEqual({ firstUser: 1, ...wanted });
  const counts = await column(client, VOTES);
  expect(counts).toHaveLength(wanted.posts);
  expect(sum(counts)).toBe(wanted.votes);
  expect(Number(counts[0])).toBeLessThanOrEqual(wanted.users);
  // One vote of a user for a post: they are the table's key.
  const miscounted = `select id from post.posts
    where votes <> (select count(*) from post.votes where post_id = posts.id)`;
  expect(await column(client, miscounted)).toEqual([]);
  const strangers =
    'select user_id from post.votes where user_id not in (select id from auth.users)';
  expect(await column(client, strangers)).toEqual([]);
});

test('gives the most popular hundredth of the posts a third of the votes or more', async () => {
  const client = await emptyDatabase();
  await add(client, { votes: 50_000, posts: 10_000, users: 1000 });
  const counts = await column(client, VOTES);
  expect(sum(counts.slice(0, 100))).toBeGreaterThan(sum(counts) / 3);
});

test('makes users and posts that the API would take, at times in order', async () => {
  const client = await emptyDatabase();
  await add(client, { users: 10, posts: 2000, votes: 0 });
  const { rows: users } = await client.query(
    `select username, email, 'password123' as password, id, created_at from auth.users`,
  );
  for (const { id: _, created_at: joinedAt, ...user } of users) {
    expect(registrationSchema.parse(user)).toEqual(user);
    expect(Number(joinedAt)).toBeLessThan(Date.now() - 365 * 24 * 3600 * 1000);
  }
  const { rows: posts } = await client.query(
    'select id, title, url, author_username as author, created_at from post.posts order by created_at',
  );
  for (const { title, url } of posts)
    expect(draftSchema.parse({ title, url })).toEqual({ title, url });
  expect(new Set(posts.map(({ title }) => title)).size).toBeGreaterThan(1000);
  expect(new Set(posts.map(({ url }) => url)).size).toBe(2000);
  const ids = posts.map(({ id, created_at: at }) => ({
    version: id[14],
    ms: Number.parseInt(id.slice(0, 13).replace('-', ''), 16) - Number(at),
  }));
  for (const { version, ms } of ids) {
    expect(version).toBe('7');
    // The column rounds to milliseconds.
    expect(Math.abs(ms)).toBeLessThanOrEqual(1);
  }
  const written = (author: string) => posts.filter((post) => post.author === author).length;
  expect(written('user1')).toBeGreaterThan(written('user10'));
});

test('adds the same content for the same seed, ids excepted, and other content after it', async () => {
  const contentOf = async (client: Client) =>
    column(
      client,
      `select concat_ws(' ', title, url, votes, author_username) from post.posts
      order by created_at`,
    );
  const wanted = { users: 3, posts: 50, votes: 60 };
  const [first, same, other] = [
    await emptyDatabase(),
    await emptyDatabase(),
    await emptyDatabase(),
  ];
  await add(first, wanted);
  await add(same, wanted);
  await add(other, wanted, { seedValue: 2 });
  const content = await contentOf(first);
  expect(await contentOf(same)).toEqual(content);
  expect(await contentOf(other)).not.toEqual(content);

  expect(await add(first, { users: 2, posts: 50, votes: 60 })).toMatchObject({ firstUser: 4 });
  const all = await column(first, 'select title from post.posts order by id');
  expect(all).toHaveLength(100);
  expect(new Set(await contentOf(first)).size).toBe(100);
});

test('adds nothing once it is aborted', async () => {
  const client = await emptyDatabase();
  const wanted = { users: 1, posts: 1, votes: 1 };
  await expect(add(client, wanted, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
  expect(await column(client, 'select id from auth.users')).toEqual([]);
});
