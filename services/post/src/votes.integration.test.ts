import { randomUUID } from 'node:crypto';

import { testDatabase } from '@relay/dev-servers/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { migrated } from './testing/migrated.ts';
import { runService, type Caller, type RunningService } from './testing/running-service.ts';

let service: RunningService;
let ann: Caller;
let bob: Caller;
let posts: string[];
beforeAll(async () => {
  service = await runService({ databaseUrl: await migrated(await testDatabase()) });
  ann = await service.as();
  bob = await service.as();
  posts = [];
  for (const title of ['first', 'second', 'third']) {
    const body = { title, url: 'https://a.example/' };
    posts.push((await ann('POST', '/api/posts', { body })).json.id);
  }
});
afterAll(async () => void (await service.stop()));

const votesOf = (call: Caller, ids: readonly string[]) =>
  call('GET', `/api/posts/votes?ids=${ids.join(',')}`);

test('returns the posts with a vote of the viewer alone', async () => {
  const [first, second, third] = posts as [string, string, string];
  await ann('PUT', `/api/posts/${first}/upvote`);
  await ann('PUT', `/api/posts/${second}/upvote`);
  await ann('DELETE', `/api/posts/${second}/upvote`);
  await bob('PUT', `/api/posts/${third}/upvote`);
  const answer = await votesOf(ann, posts);
  expect(answer.json).toEqual({ voted: [first] });
  expect(answer.headers.get('cache-control')).toBe('private, no-store');
  expect(answer.cache).toBeNull();
  expect((await votesOf(bob, posts)).json).toEqual({ voted: [third] });
});

test('a vote shows at once, and a list does not depend on the viewer', async () => {
  const [, second] = posts as [string, string];
  await bob('PUT', `/api/posts/${second}/upvote`);
  expect((await votesOf(bob, [second])).json).toEqual({ voted: [second] });
  expect((await ann('GET', '/api/posts')).text).toBe((await bob('GET', '/api/posts')).text);
});

test('accepts repeated, unknown and capital ids', async () => {
  const [first] = posts as [string];
  await ann('PUT', `/api/posts/${first}/upvote`);
  const ids = [first, first.toUpperCase(), randomUUID()];
  expect((await votesOf(ann, ids)).json).toEqual({ voted: [first] });
});

const many = (count: number) => Array.from({ length: count }, () => randomUUID());

test('accepts 100 ids', async () => {
  expect(await votesOf(ann, many(100))).toMatchObject({ status: 200, json: { voted: [] } });
});

test.each([
  ['no ids', '', 'ids', 'Is required'],
  ['an empty list', '?ids=', 'ids.0', 'Not an id'],
  ['101 ids', `?ids=${many(101).join(',')}`, 'ids', 'At most 100 ids'],
  ['a malformed id', `?ids=${randomUUID()},1`, 'ids.1', 'Not an id'],
  ['two lists', `?ids=${randomUUID()}&ids=${randomUUID()}`, 'ids', 'Given more than once'],
  ['another parameter', `?ids=${randomUUID()}&user=1`, 'user', 'Unknown field'],
])('rejects %s', async (_name, query, path, message) => {
  const { status, json } = await ann('GET', `/api/posts/votes${query}`);
  expect([status, json.errors]).toEqual([400, [{ path, message }]]);
});
