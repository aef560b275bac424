import { testDatabase } from '@relay/dev-servers/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { migrated } from './testing/migrated.ts';
import { runService, type Caller, type RunningService } from './testing/running-service.ts';

let service: RunningService;
let call: Caller;
beforeAll(async () => {
  service = await runService({ databaseUrl: await migrated(await testDatabase()) });
  call = await service.as();
});
afterAll(() => service.stop());

const ID = '0190f5fe-7c00-7a00-8000-00000000000a';
const good = { title: 'A title', url: 'https://a.example/' };
const UNKNOWN = 'Unknown field';
const LIMIT = 'A whole number from 1 to 100';
const NO_CURSOR = 'Not a cursor of a previous page';

describe('a query is rejected with 400 and the field', () => {
  test.each([
    ['/api/posts?limit=0', 'limit', LIMIT],
    ['/api/posts?limit=101', 'limit', LIMIT],
    ['/api/posts?limit=ten', 'limit', LIMIT],
    ['/api/posts?limit=', 'limit', LIMIT],
    ['/api/posts?limit=1&limit=2', 'limit', LIMIT],
    ['/api/posts?limit[$gt]=1', 'limit[$gt]', UNKNOWN],
    ['/api/posts?page=2', 'page', UNKNOWN],
    ['/api/posts?__proto__=1', '__proto__', UNKNOWN],
    ['/api/posts?user=ann', 'user', 'Not an id'],
    ['/api/posts?user=', 'user', 'Not an id'],
    [`/api/posts?user=${ID}'%20or%201=1`, 'user', 'Not an id'],
    [`/api/posts?user=${ID}&user=${ID}`, 'user', 'Not an id'],
    ['/api/posts?user=*', 'user', 'Not an id'],
    ['/api/posts?cursor=', 'cursor', NO_CURSOR],
    ['/api/posts?cursor=abc', 'cursor', NO_CURSOR],
    ["/api/posts?cursor=';drop%20table%20posts", 'cursor', NO_CURSOR],
    ['/api/posts?cursor=%00', 'cursor', NO_CURSOR],
    ['/api/posts?cursor=a&cursor=b', 'cursor', 'Given more than once'],
    [`/api/posts?cursor=${'a'.repeat(4000)}`, 'cursor', 'Not a cursor of a previous page'],
    ['/api/posts/top?limit=0', 'limit', LIMIT],
    ['/api/posts/top?user=x', 'user', UNKNOWN],
    ['/api/posts/top?cursor=x', 'cursor', UNKNOWN],
  ])('%s', async (path, field, message) => {
    const answer = await call('GET', path);
    expect(answer).toMatchObject({
      status: 400,
      cache: null,
      json: { type: 'urn:relay:problem:invalid', errors: [{ path: field, message }] },
    });
    expect(answer.headers.get('Content-Type')).toContain('application/problem+json');
  });
});

describe('an id that is none is rejected with 400', () => {
  const noIds = ['1', 'undefined', '*', `${ID}0`, "1' or '1'='1", `${ID}\0`, '{}', '../top', '%'];
  const calls = noIds.flatMap((id): [string, string][] => [
    ['GET', `/api/posts/${encodeURIComponent(id)}`],
    ['DELETE', `/api/posts/${encodeURIComponent(id)}`],
    ['PUT', `/api/posts/${encodeURIComponent(id)}/upvote`],
    ['DELETE', `/api/posts/${encodeURIComponent(id)}/upvote`],
  ]);
  test.each(calls)('%s %s', async (method, path) => {
    expect(await call(method, path)).toMatchObject({
      status: 400,
      json: { errors: [{ path: 'id', message: 'Not an id' }] },
    });
  });

  test('GET /api/posts/%%ff, which is no UTF-8', async () => {
    expect((await call('GET', '/api/posts/%ff')).status).toBe(400);
  });
});

describe('a body is rejected with 400 and its fields', () => {
  test.each<[string, unknown, string[]]>([
    ['is empty', {}, ['title', 'url']],
    ['is a list', [good], ['']],
    ['has no title', { url: good.url }, ['title']],
    ['has no URL', { title: good.title }, ['url']],
    ['has a number for a title', { ...good, title: 7 }, ['title']],
    ['has null for a title', { ...good, title: null }, ['title']],
    ['has a list for a URL', { ...good, url: [good.url] }, ['url']],
    ['has a NUL in its title', { ...good, title: 'a\0b' }, ['title']],
    ['has half a surrogate pair', { ...good, title: '\ud800' }, ['title']],
    ['has a script for a URL', { ...good, url: 'javascript:alert(1)' }, ['url']],
    ['has votes', { ...good, votes: 1_000_000 }, ['votes']],
    ['has an author', { ...good, author: { id: ID, username: 'root' } }, ['author']],
    ['has an id', { ...good, id: ID }, ['id']],
    [
      'is wrong in every field',
      { title: '', url: '', createdAt: 0 },
      ['createdAt', 'title', 'url'],
    ],
  ])('that %s', async (_name, body, fields) => {
    const answer = await call('POST', '/api/posts', { body });
    expect(answer).toMatchObject({ status: 400, json: { type: 'urn:relay:problem:invalid' } });
    const paths = answer.json.errors.map(({ path }: { path: string }) => path);
    expect(paths.toSorted()).toEqual(fields);
  });

  test.each([
    ['is cut off', '{"title":"a"'],
    ['is no JSON', 'title=a'],
    ['is a string', '"a"'],
    ['is null', 'null'],
    ['is two values', '{}{}'],
  ])('that %s', async (_name, raw) => {
    const answer = await call('POST', '/api/posts', { raw });
    expect(answer).toMatchObject({ status: 400, json: { type: 'urn:relay:problem:invalid' } });
  });

  test('that is missing', async () => {
    expect((await call('POST', '/api/posts')).status).toBe(400);
  });

  test('that names __proto__', async () => {
    const raw = `{"title":"a","url":"https://a.example","__proto__":{"votes":1}}`;
    expect((await call('POST', '/api/posts', { raw })).status).toBe(400);
  });
});

test('a too large body is 413, a body of another type than JSON 415', async () => {
  const tooLarge = { ...good, title: 'x'.repeat(20_000) };
  expect(await call('POST', '/api/posts', { body: tooLarge })).toMatchObject({
    status: 413,
    json: { type: 'urn:relay:problem:too-large' },
  });
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  expect(await call('POST', '/api/posts', { raw: 'title=a', headers })).toMatchObject({
    status: 415,
    json: { type: 'urn:relay:problem:unsupported-media-type' },
  });
});

test.each(["'); drop table posts; --", '$1', '?', ':postId', '\\'])(
  'a title is text, never SQL: %s',
  async (title) => {
    const { status, json } = await call('POST', '/api/posts', { body: { ...good, title } });
    expect([status, json.title]).toEqual([201, title]);
    expect((await call('GET', `/api/posts/${json.id}`)).json).toEqual(json);
  },
);

describe('without a token', () => {
  test.each([
    ['GET', '/api/posts'],
    ['HEAD', '/api/posts'],
    ['GET', '/api/posts?limit=nonsense'],
    ['GET', '/api/posts/top'],
    ['GET', `/api/posts/${ID}`],
    ['GET', '/api/posts/no-id'],
    ['POST', '/api/posts'],
    ['PUT', `/api/posts/${ID}/upvote`],
    ['POST', `/api/posts/${ID}/upvote`],
    ['DELETE', `/api/posts/${ID}/upvote`],
    ['DELETE', `/api/posts/${ID}`],
  ])('%s %s is 401, before any other error', async (method, path) => {
    const answer = await service.anonymous(method, path);
    expect([answer.status, answer.cache]).toEqual([401, null]);
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer');
  });

  test.each(['/health', '/api/posts/health', '/api/posts/openapi.json'])(
    'GET %s is answered',
    async (path) => {
      expect((await service.anonymous('GET', path)).status).toBe(200);
    },
  );
});

test.each([
  ['PATCH', '/api/posts', 405],
  ['DELETE', '/api/posts', 405],
  ['POST', '/api/posts/top', 405],
  ['GET', `/api/posts/${ID}/upvote`, 405],
  ['GET', '/api/nothing', 404],
  ['GET', `/api/posts/${ID}/comments`, 404],
])('%s %s is %i', async (method, path, status) => {
  expect((await call(method, path)).status).toBe(status);
});
