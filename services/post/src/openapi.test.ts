import { documentedInput } from '@relay/service-kit/testing/documented-input';
import {
  assertOpenApi,
  documentedCalls,
  routedCalls,
} from '@relay/service-kit/testing/openapi-conformance';
import { expect, test } from 'vitest';

import type { CachedPosts } from './cached-posts.ts';
import { parseIdempotencyKey } from './idempotency.ts';
import { postOpenApi } from './openapi.ts';
import { draftSchema } from './post.ts';
import { listQuerySchema, postPathSchema, votesQuerySchema } from './request.ts';
import { createRoutes } from './routes.ts';
import type { WriteLimits } from './write-limits.ts';

const router = createRoutes({
  posts: {} as CachedPosts,
  votes: { votedAmong: async () => [] },
  cacheStatus: () => Promise.reject(new Error('Not called here')),
  limits: {} as WriteLimits,
  authenticate: (_ctx, next) => next(),
  health: async () => ({ status: 'ok', postgres: 'up', redis: 'up' }),
});

test('the document is OpenAPI 3.1', async () => {
  await expect(assertOpenApi(postOpenApi)).resolves.toBeUndefined();
});

test('every call that is answered is documented, and the other way round', () => {
  expect(routedCalls(router)).toEqual(documentedCalls(postOpenApi));
});

const URL = 'https://a.example/';
const drafts = documentedInput(postOpenApi, 'post', '/api/posts');
const list = documentedInput(postOpenApi, 'get', '/api/posts');
const one = documentedInput(postOpenApi, 'get', '/api/posts/{id}');
const votes = documentedInput(postOpenApi, 'get', '/api/posts/votes');
const accepts = (draft: unknown) => draftSchema.safeParse(draft).success;

/** All assigned characters except for letters: beyond these planes there are only letters and unassigned ones. */
function* characters(): Generator<string> {
  const ranges = [
    [0, 0xd7ff],
    [0xe000, 0xffff],
    [0x11000, 0x110ff],
    [0x13400, 0x1345f],
    [0x1bc00, 0x1bcff],
    [0x1d100, 0x1d1ff],
    [0xdff80, 0xe1080],
  ] as const;
  for (const [first, last] of ranges) {
    for (let code = first; code <= last; code += 1) yield String.fromCodePoint(code);
  }
}

test('the document accepts the same titles as the service', () => {
  const differing = [...characters()].filter((title) => {
    return drafts.body({ title, url: URL }) !== accepts({ title, url: URL });
  });
  expect(differing).toEqual([]);
});

test.each([
  '',
  'x',
  ' x ',
  '\u200d\u00a0',
  'x\n',
  'x\u202ex',
  '🙂'.repeat(300),
  '🙂'.repeat(301),
  7,
  undefined,
])('the document accepts the title %j exactly if the service does', (title) => {
  expect(drafts.body({ title, url: URL })).toBe(accepts({ title, url: URL }));
});

test.each([
  '',
  'x',
  'http://',
  'http://a',
  'https://a.example:8080/b/c.d?e=f&g=%20#h',
  'ftp://a.example/',
  'javascript:alert(1)',
  'http://user:secret@a.example/',
  'http://a.example/ b',
  'http://-a.example/',
  'http://1.2.3.4.5/',
  'http://xn--a.example/',
  'http://a..example/',
  'http://a.example:99999/',
  `${URL}${'x'.repeat(2048 - URL.length)}`,
  `${URL}${'x'.repeat(2049 - URL.length)}`,
  7,
  undefined,
])('the document accepts the URL %j only if the service does', (url) => {
  const documented = drafts.body({ title: 'x', url });
  const accepted = accepts({ title: 'x', url });
  expect({ documented, accepted: accepted || !documented }).toEqual({ documented, accepted: true });
});

test.each(['https://a.example/', 'http://a', 'https://a-b.example:8080/c/d.e?f=g&h=%20#i'])(
  'the document accepts the URL %s',
  (url) => {
    expect(drafts.body({ title: 'x', url })).toBe(true);
  },
);

const ID = '0190f5fe-7c00-7a00-8000-00000000000a';
const CURSOR = `2026-01-02T03:04:05.678Z_${ID}`;

test.each(['', CURSOR, `${CURSOR} `, CURSOR.toUpperCase(), ID, `2026-02-30T03:04:05.678Z_${ID}`])(
  'the document accepts the cursor %j exactly if the service does',
  (cursor) => {
    const accepted = listQuerySchema.safeParse({ cursor }).success;
    expect(list.parameter('cursor')(cursor)).toBe(accepted);
  },
);

test.each(['', ID, ID.toUpperCase(), ID.replace('-8', '-c'), `${ID}0`, 'top'])(
  'the document accepts the id %j exactly if the service does',
  (id) => {
    expect(one.parameter('id')(id)).toBe(postPathSchema.safeParse({ id }).success);
    expect(list.parameter('user')(id)).toBe(listQuerySchema.safeParse({ user: id }).success);
  },
);

test.each([0, 1, 100, 101, 1.5])(
  'the document accepts the limit %d exactly if the service does',
  (limit) => {
    const accepted = listQuerySchema.safeParse({ limit: String(limit) }).success;
    expect(list.parameter('limit')(limit)).toBe(accepted);
  },
);

test.each([
  [],
  [ID],
  [ID.toUpperCase(), ID],
  ['no-id'],
  Array.from({ length: 100 }, () => ID),
  Array.from({ length: 101 }, () => ID),
])('the document accepts the list of ids exactly if the service does (%#)', (...ids) => {
  const accepted = votesQuerySchema.safeParse({ ids: ids.join(',') }).success;
  expect(votes.parameter('ids')(ids)).toBe(accepted);
});

test.each(['', ' ', 'a', '"a b"', '"a', 'a b', 'ä', '"ä"', '""', 'x'.repeat(255), 'x'.repeat(256)])(
  'the document accepts the Idempotency-Key %j exactly if the service does',
  (key) => {
    const accepted = () => {
      try {
        return parseIdempotencyKey(key) !== undefined;
      } catch {
        return false;
      }
    };
    expect(drafts.parameter('Idempotency-Key')(key)).toBe(accepted());
  },
);
