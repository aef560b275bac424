import { expect, test, vi } from 'vitest';

import type { DatabaseHealth } from '../postgres/check.ts';
import type { RedisHealth } from '../redis/connection.ts';
import { overallHealth, singleFlight, worstHealth, type Health } from './health.ts';

const UP: DatabaseHealth = { status: 'up' };
const DOWN: DatabaseHealth = { status: 'down', reason: 'the password is refused' };

const FULL: RedisHealth = { status: 'down', reason: 'Redis: OOM' };

test.each<[DatabaseHealth, Health['redis'], Health['status']]>([
  [UP, 'up', 'ok'],
  [UP, 'off', 'ok'],
  [UP, 'down', 'degraded'],
  [DOWN, 'up', 'down'],
  [DOWN, 'down', 'down'],
])('with Postgres %o and Redis %s it is %s', (database, redis, status) => {
  expect(overallHealth(database, { status: redis })).toMatchObject({
    status,
    postgres: database.status,
    redis,
  });
});

test('lists the reasons of a failed store, and none otherwise', () => {
  expect(overallHealth(DOWN, FULL).reasons).toEqual(['the password is refused', 'Redis: OOM']);
  expect(overallHealth(UP, FULL).reasons).toEqual(['Redis: OOM']);
  expect(overallHealth(UP, { status: 'up' })).not.toHaveProperty('reasons');
});

test('several services show the reasons of all', () => {
  const healths = [overallHealth(DOWN, { status: 'up' }), overallHealth(UP, FULL)];
  expect(worstHealth(healths).reasons).toEqual(['the password is refused', 'Redis: OOM']);
});

test('several services have the worst health of them', () => {
  const healths: Health[] = [
    { status: 'ok', postgres: 'up', redis: 'off' },
    { status: 'degraded', postgres: 'up', redis: 'down' },
    { status: 'down', postgres: 'down', redis: 'up' },
  ];
  expect(worstHealth(healths)).toEqual({ status: 'down', postgres: 'down', redis: 'down' });
  expect(worstHealth(healths.slice(0, 1))).toEqual(healths[0]);
});

test('concurrent calls share one check', async () => {
  const answer = Promise.withResolvers<number>();
  const check = vi.fn<() => Promise<number>>(() => answer.promise);
  const shared = singleFlight(check);
  const crowd = [shared(), shared(), shared()];
  answer.resolve(1);
  expect(await Promise.all(crowd)).toEqual([1, 1, 1]);
  expect(check).toHaveBeenCalledOnce();
  await shared();
  expect(check).toHaveBeenCalledTimes(2);
});

test('a check that failed is not kept', async () => {
  const check = vi
    .fn<() => Promise<string>>()
    .mockRejectedValueOnce(new Error('away'))
    .mockResolvedValue('back');
  const shared = singleFlight(check);
  await expect(shared()).rejects.toThrow('away');
  expect(await shared()).toBe('back');
});
