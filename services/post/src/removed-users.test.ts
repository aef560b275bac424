import { listenForTests } from '@relay/service-kit/testing/http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { httpRemovedUsers, startRemovedUserJob, type FetchRemovedUsers } from './removed-users.ts';

const START = new Date('2026-01-02T00:00:00Z');
const PERIOD_MS = 30_000;
const idOf = (number: number) => `0198c5a0-0000-7000-8000-00000000000${number}`;

beforeEach(() => void vi.useFakeTimers({ now: START }));
afterEach(() => void vi.useRealTimers());

const pageOf = (ids: readonly string[], next: string | null = null) => ({
  removed: ids.map((userId) => ({ userId, removedAt: START.toISOString() })),
  next,
});

/** A job, and the number of posts of each author that show a name, and of those that are locked. */
function setUp(named: Record<string, number> = {}) {
  const locked: Record<string, number> = {};
  const fetchPage = vi.fn<FetchRemovedUsers>(async () => pageOf(Object.keys(named)));
  const batches: [author: string, posts: number][] = [];
  const results: unknown[] = [];
  const job = startRemovedUserJob({
    fetchPage,
    namedAuthors: async (ids) => ids.filter((id) => (named[id] ?? 0) > 0),
    async removeAuthorName(authorId, limit) {
      const posts = Math.min(named[authorId]! - (locked[authorId] ?? 0), limit);
      named[authorId]! -= posts;
      batches.push([authorId, posts]);
      return posts;
    },
    periodMs: PERIOD_MS,
    onRenamed: () => {},
    onDone: () => results.push('done'),
    onFailed: (error) => results.push(error),
    random: () => 0.5,
  });
  const next = () => vi.advanceTimersByTimeAsync(PERIOD_MS);
  return { job, fetchPage, named, locked, batches, results, next };
}

test('removes the names of each removed user, batch after batch', async () => {
  const { batches, results, next } = setUp({ [idOf(1)]: 250, [idOf(2)]: 0, [idOf(3)]: 100 });
  await next();
  expect(batches).toEqual([
    [idOf(1), 100],
    [idOf(1), 100],
    [idOf(1), 50],
    [idOf(3), 100],
    [idOf(3), 0],
  ]);
  expect(results).toEqual(['done']);
});

test('reads every page', async () => {
  const { fetchPage, batches, next } = setUp({ [idOf(1)]: 1, [idOf(2)]: 1 });
  fetchPage.mockResolvedValueOnce(pageOf([idOf(1)], 'a cursor'));
  fetchPage.mockResolvedValueOnce(pageOf([idOf(2)]));
  await next();
  expect(fetchPage.mock.calls).toEqual([[{}], [{ cursor: 'a cursor' }]]);
  expect(batches.map(([author]) => author)).toEqual([idOf(1), idOf(2)]);
});

test('begins with all removals, then overlaps the last run by more than the life of a token', async () => {
  const { fetchPage, next } = setUp();
  await next();
  await next();
  await next();
  expect(fetchPage.mock.calls).toEqual([
    [{}],
    [{ since: '2025-12-31T23:00:30.000Z' }],
    [{ since: '2025-12-31T23:01:00.000Z' }],
  ]);
});

test('removes the name from a post that a removed user made afterwards', async () => {
  const { named, batches, next } = setUp({ [idOf(1)]: 1 });
  await next();
  named[idOf(1)] = 1;
  await next();
  expect(batches).toEqual([
    [idOf(1), 1],
    [idOf(1), 1],
  ]);
});

test('after a locked post goes back as far again, until no name is left', async () => {
  const { fetchPage, named, locked, results, next } = setUp({ [idOf(1)]: 2, [idOf(2)]: 1 });
  locked[idOf(1)] = 1;
  await next();
  expect(named).toEqual({ [idOf(1)]: 1, [idOf(2)]: 0 });
  locked[idOf(1)] = 0;
  await next();
  expect(named).toEqual({ [idOf(1)]: 0, [idOf(2)]: 0 });
  await next();
  expect(fetchPage.mock.calls).toEqual([[{}], [{}], [{ since: '2025-12-31T23:01:00.000Z' }]]);
  expect(results).toEqual(['done', 'done', 'done']);
});

describe('a failed run', () => {
  const away = new Error('auth is away');

  test('is reported, and the next one goes back as far', async () => {
    const { fetchPage, results, next } = setUp();
    await next();
    fetchPage.mockRejectedValueOnce(away);
    await next();
    await next();
    expect(results).toEqual(['done', away, 'done']);
    expect(fetchPage.mock.calls[2]).toEqual(fetchPage.mock.calls[1]);
  });

  test('at the second page begins again with the first', async () => {
    const { fetchPage, next } = setUp();
    fetchPage.mockResolvedValueOnce(pageOf([], 'a cursor')).mockRejectedValueOnce(away);
    await next();
    await next();
    expect(fetchPage.mock.calls).toEqual([[{}], [{ cursor: 'a cursor' }], [{}]]);
  });

  test.each([
    ['no page', {}],
    ['a malformed id', { removed: [{ userId: '*' }], next: null }],
  ])('is also an answer with %s', async (_name, answer) => {
    const { fetchPage, results, next } = setUp();
    fetchPage.mockResolvedValueOnce(answer);
    await next();
    expect(results).toEqual([expect.any(Error)]);
  });
});

test('a stop ends the run after the current batch', async () => {
  const { job, named, results, fetchPage, next } = setUp({ [idOf(1)]: 1000 });
  fetchPage.mockImplementationOnce(async () => {
    void job.stop();
    return pageOf([idOf(1)], 'a cursor');
  });
  await next();
  await next();
  expect([named[idOf(1)], results, fetchPage.mock.calls.length]).toEqual([1000, [], 1]);
});

describe('over HTTP', () => {
  beforeEach(() => void vi.useRealTimers());

  test('requests the feed beside the keys, with the query', async () => {
    const seen: (string | undefined)[] = [];
    const url = await listenForTests((request, response) => {
      seen.push(request.url);
      response.end(JSON.stringify(pageOf([idOf(1)])));
    });
    const fetchPage = httpRemovedUsers(`${url}/api/auth/.well-known/jwks.json`);
    expect(await fetchPage({})).toEqual(pageOf([idOf(1)]));
    await fetchPage({ since: START.toISOString(), cursor: 'a_b' });
    expect(seen).toEqual([
      '/api/auth/removed-users',
      '/api/auth/removed-users?since=2026-01-02T00%3A00%3A00.000Z&cursor=a_b',
    ]);
  });

  test('names the URL and the status of a failure', async () => {
    const url = await listenForTests((_request, response) => {
      response.writeHead(503).end('a body');
    });
    const fetchPage = httpRemovedUsers(`${url}/api/auth/.well-known/jwks.json`);
    await expect(fetchPage({})).rejects.toThrow(`${url}/api/auth/removed-users returned 503`);
  });
});
