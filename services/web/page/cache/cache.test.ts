import { expect, test } from 'vitest';

import type { CacheStatus } from '../api/cache-api.ts';
import type { RequestRecord, Source } from '../api/request-log.ts';
import { createCacheWatch } from './cache-watch.ts';
import { explain, explainLast } from './explanation.ts';
import { createOutageButton } from './outage.ts';
import { formatMs, readTimesOf } from './read-times.ts';
import { labelOf } from './request-look.ts';
import { shortPath } from './short-path.ts';

function record(source: Source | undefined, serverMs?: number): RequestRecord {
  const request = { id: 1, atMs: 0, method: 'GET', path: '/api/posts', status: 200 };
  return { ...request, source, serverMs, totalMs: 20 };
}

test('the times of the cache and of Postgres are compared by their medians', () => {
  expect(readTimesOf([])).toEqual({ cacheMs: undefined, postgresMs: undefined });
  const hits = [0.5, 0.3, 90].map((ms) => record('HIT', ms));
  const others = [
    record('MISS', 4),
    record('FALLBACK', 8),
    record('STALE', 999),
    record(undefined),
  ];
  expect(readTimesOf([...hits, ...others])).toEqual({ cacheMs: 0.5, postgresMs: 6 });
});

test.each([
  [0.4567, '0.46 ms'],
  [3.21, '3.2 ms'],
  [12.6, '13 ms'],
  [1234, '1.2 s'],
])('%d ms are shown as %s', (ms, text) => {
  expect(formatMs(ms)).toBe(text);
});

test('explains reads and writes of posts, and no other requests', () => {
  expect(explain(record('HIT'))).toMatchObject({ way: ['cache'] });
  expect(explain(record('MISS'))).toMatchObject({ way: ['cache', 'postgres'] });
  expect(explain(record('FALLBACK'))).toMatchObject({ way: ['postgres'] });
  const write = { ...record(undefined), method: 'PUT', path: '/api/posts/a/upvote' };
  expect(explain(write)).toMatchObject({ way: ['postgres', 'cache'] });
  expect(explain({ ...write, status: 429 })).toBeUndefined();
  expect(explain({ ...write, path: '/api/auth/me/password' })).toBeUndefined();
  expect(explain(record(undefined))).toBeUndefined();
});

test.each([
  [{ source: 'STALE' }, 'STALE'],
  [{ path: '/api/posts/votes?ids=a' }, 'READ'],
  [{ method: 'DELETE', path: '/api/posts/a' }, 'WRITE'],
  [{ method: 'POST', path: '/api/auth/browser/refresh' }, 'OTHER'],
  [{ method: 'POST', path: '/api/dev/cache-outage' }, 'OTHER'],
  [{ method: 'PUT', path: '/api/posts/a/upvote', status: 503 }, '503'],
  [{ status: undefined }, 'LOST'],
] as const)('the request %j has the label %s', (more, label) => {
  expect(labelOf({ ...record(undefined), ...more })).toBe(label);
});

test('the last request that can be explained is explained', () => {
  expect(explainLast([])).toBeUndefined();
  const miss = record('MISS');
  expect(explainLast([record(undefined), miss, record('HIT')])).toMatchObject({ record: miss });
});

const ID = '01a215b4-373c-7223-a259-ade179ff1131';

test.each([
  ['/api/posts', '/posts'],
  ['/api/posts/top?limit=50', '/posts/top?limit=…'],
  [`/api/posts/${ID}/upvote`, '/posts/…/upvote'],
  [`/api/posts/votes?ids=${ID},${ID}`, '/posts/votes?ids=…'],
  [`/api/posts?user=${ID}&cursor=2026-11-26T02:00:00.000Z_${ID}`, '/posts?user=…&cursor=…'],
])('the path %s is shown as %s', (path, short) => {
  expect(shortPath(path)).toBe(short);
});

const status = (more: Partial<CacheStatus> = {}): CacheStatus => ({
  process: 'a',
  store: 'redis',
  state: 'up',
  hits: 9,
  misses: 1,
  readsSaved: 9,
  outbox: { rows: 0, oldestSeconds: 0 },
  ...more,
});

function watching() {
  const clock = { nowMs: 0 };
  let next: CacheStatus | Error;
  const watch = createCacheWatch({
    now: () => clock.nowMs,
    api: {
      async status() {
        if (next instanceof Error) throw next;
        return next;
      },
    },
  });
  const look = (response: CacheStatus | Error, atMs = clock.nowMs) => {
    next = response;
    clock.nowMs = atMs;
    return watch.look();
  };
  return { watch, look };
}

test('adds up the counters of the processes that answered in the last minute', async () => {
  const { watch, look } = watching();
  expect(watch.totals.value).toBeUndefined();
  await look(status());
  await look(status({ process: 'b', hits: 3, misses: 27, readsSaved: 4 }));
  expect(watch.totals.value).toMatchObject({ processes: 2, lookups: 40, readsSaved: 13 });
  expect(watch.totals.value!.hitRatio).toBeCloseTo(0.3);
  await look(status({ process: 'b', hits: 4, misses: 27 }), 61_000);
  expect(watch.totals.value).toMatchObject({ processes: 1, lookups: 31 });
});

test('without a read there is no hit ratio', async () => {
  const { watch, look } = watching();
  await look(status({ hits: 0, misses: 0, outbox: null }));
  expect(watch.totals.value).toMatchObject({ hitRatio: undefined, outbox: undefined });
});

test('follows outages, and keeps the last state while no status comes', async () => {
  const { watch, look } = watching();
  await look(status(), 1000);
  await look(status({ state: 'away' }), 2000);
  await look(status({ state: 'away' }), 3000);
  await look(new Error('no response'), 4000);
  expect(watch.totals.value).toMatchObject({ state: 'away' });
  expect(watch.outages.value).toEqual([{ fromMs: 2000, toMs: undefined }]);
  await look(status(), 5000);
  await look(status({ state: 'away' }), 9000);
  expect(watch.outages.value).toEqual([
    { fromMs: 9000, toMs: undefined },
    { fromMs: 2000, toMs: 5000 },
  ]);
});

test('the button stops the cache and reads once a second until it has recovered', async () => {
  const story: unknown[] = [];
  const button = createOutageButton({
    api: { cut: async (seconds) => void story.push(`cut ${seconds}`) },
    read: async () => void story.push(button.state.value),
    sleep: async (ms) => expect(ms).toBe(1000),
  });
  const running = button.run();
  // A second press changes nothing.
  await button.run();
  await running;
  expect(story[0]).toBe('cut 10');
  expect(story[1]).toEqual({ phase: 'away', secondsLeft: 10 });
  expect(story[10]).toEqual({ phase: 'away', secondsLeft: 1 });
  expect(story.slice(11)).toEqual(Array.from({ length: 4 }, () => ({ phase: 'recovering' })));
  expect(button.state.value).toEqual({ phase: 'none' });
});

test('a refused outage is an error, and can be tried again', async () => {
  const button = createOutageButton({
    api: { cut: () => Promise.reject(new Error('stopped already')) },
    read: async () => {},
  });
  await expect(button.run()).rejects.toThrow('stopped already');
  expect(button.state.value).toEqual({ phase: 'none' });
});

test('the reads end when the user leaves', async () => {
  let reads = 0;
  const button = createOutageButton({
    api: { cut: async () => {} },
    async read() {
      reads += 1;
      if (reads === 3) button.end();
    },
    sleep: async () => {},
  });
  await button.run();
  expect(reads).toBe(3);
});
