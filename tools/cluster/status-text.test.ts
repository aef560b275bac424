import { stripVTControlCharacters } from 'node:util';

import type { PostHealth } from '@relay/post';
import { expect, test } from 'vitest';

import { summarizePod } from './pods.ts';
import { describeAge, describeStatus } from './status-text.ts';
import type { Report } from './status.ts';
import { podOf } from './testing/pods.ts';

const NOW = new Date('2026-11-23T10:05:00Z');
const CACHE: PostHealth['cache'] = {
  store: 'redis',
  breaker: 'closed',
  latencyMs: 0.42,
  usedMemoryBytes: 3 * 2 ** 20,
  maxMemoryBytes: 256 * 2 ** 20,
  keyCount: 1234,
  hitRatio: 0.5,
  outboxPending: 0,
  outboxLagMs: 0,
};

function reportOf(pod: string, hits: number, misses: number, health = {}): Report {
  return {
    pod,
    health: { status: 'ok', postgres: 'up', redis: 'up', cache: CACHE, ...health },
    counters: new Map([['posts:all', { hits, misses }]]),
  };
}

function statusOf(reports: Report[], pods = [podOf({ name: 'relay-post-1' })]): string {
  const text = describeStatus({ pods: pods.map(summarizePod), reports }, NOW);
  return stripVTControlCharacters(text);
}

test('lists each pod as kubectl does', () => {
  const text = statusOf(
    [],
    [
      podOf({ name: 'relay-post-1', restarts: 2 }),
      podOf({ name: 'relay-auth-1', component: 'auth', ready: false }),
      podOf({ name: 'relay-auth-migrate-1', component: 'auth-migrate', phase: 'Succeeded' }),
    ],
  );
  expect(text).toMatch(/^1 of 2 pods are ready/);
  expect(text).toMatch(/relay-auth-1 +0\/1 +Running +0 +5m[^]*relay-post-1 +1\/1 +Running +2 +5m/);
  expect(text).toMatch(/relay-auth-migrate-1 .*Completed/);
});

test('the hit ratio is over the reads of all pods, not the mean of their rates', () => {
  const text = statusOf([reportOf('relay-post-1', 90, 10), reportOf('relay-post-2', 0, 900)]);
  expect(text).toContain('Cache      9.0 % hits: 90 of 1,000 reads since the pods started');
  expect(text).toMatch(/posts:all +90 +910 +9\.0 %/);
});

test('shows Redis, Postgres and the breaker', () => {
  const text = statusOf([reportOf('relay-post-1', 1, 1), reportOf('relay-post-2', 1, 1)]);
  expect(text).toContain('Breaker    closed in 2 of 2 pods');
  expect(text).toContain('Redis      up, 3.0 MiB of 256.0 MiB, 1,234 keys, answers in 0.4 ms');
  expect(text).toContain('Postgres   up');
});

test('names the pods that report a store as down', () => {
  const text = statusOf([
    reportOf('relay-post-1', 1, 1),
    reportOf('relay-post-2', 1, 1, {
      status: 'down',
      postgres: 'down',
      redis: 'down',
      cache: { ...CACHE, breaker: 'open', usedMemoryBytes: null },
    }),
  ]);
  expect(text).toContain('Breaker    open in relay-post-2');
  expect(text).toContain('Redis      down, as relay-post-2 sees it, 3.0 MiB');
  expect(text).toContain('Postgres   down, as relay-post-2 sees it');
});

test('leaves out the memory if no pod reaches Redis', () => {
  const cache = { ...CACHE, breaker: 'open', latencyMs: null, usedMemoryBytes: null };
  const text = statusOf([reportOf('relay-post-1', 1, 1, { redis: 'down', cache })]);
  expect(text).toMatch(/Redis {6}down, as relay-post-1 sees it$/m);
});

test('reports a Redis without a memory limit', () => {
  const text = statusOf([
    reportOf('relay-post-1', 1, 1, { cache: { ...CACHE, maxMemoryBytes: 0 } }),
  ]);
  expect(text).toContain('3.0 MiB, no limit');
});

test('has no hit ratio before the first read', () => {
  expect(statusOf([reportOf('relay-post-1', 0, 0)])).toMatch(/Cache {6}no reads yet$/m);
});

test('sums the counters of all pods, and names the running pods without a report', () => {
  const both = [reportOf('relay-post-1', 2, 0), reportOf('relay-post-2', 0, 2)];
  const pods = ['relay-post-1', 'relay-post-2'].map((name) => podOf({ name }));
  expect(statusOf(both, pods)).toMatch(/posts:all +2 +2 +50\.0 %/);
  expect(statusOf(both, pods)).not.toContain('no answer');
  expect(statusOf(both.slice(0, 1), pods)).toContain(
    '2 of 2 reads since the pods started, without relay-post-2: no answer',
  );
});

test('reports every value as unknown if no service pod answers', () => {
  const text = statusOf([]);
  expect(text.match(/unknown: no service pod answers/g)).toHaveLength(4);
});

test.each([
  [-5, '0s'],
  [119_999, '119s'],
  [120_000, '2m'],
  [2 * 3_600_000, '2h'],
  [49 * 3_600_000, '2d'],
])('an age of %i ms is %s', (ms, text) => {
  expect(describeAge(ms)).toBe(text);
});
