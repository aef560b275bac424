import { expect, test, vi } from 'vitest';

import { overallHealth, shareCheck, worstHealth, type Health } from './health.ts';

test.each<[Health['postgres'], Health['redis'], Health['status']]>([
  ['up', 'up', 'ok'],
  ['up', 'off', 'ok'],
  ['up', 'down', 'degraded'],
  ['down', 'up', 'down'],
  ['down', 'down', 'down'],
])('with Postgres %s and Redis %s it is %s', (postgres, redis, status) => {
  expect(overallHealth(postgres, redis)).toEqual({ status, postgres, redis });
});

test('several services are as well as the worst of them', () => {
  const healths: Health[] = [
    { status: 'ok', postgres: 'up', redis: 'off' },
    { status: 'degraded', postgres: 'up', redis: 'down' },
    { status: 'down', postgres: 'down', redis: 'up' },
  ];
  expect(worstHealth(healths)).toEqual({ status: 'down', postgres: 'down', redis: 'down' });
  expect(worstHealth(healths.slice(0, 1))).toEqual(healths[0]);
});

test('a crowd that asks while a check runs is one check', async () => {
  const answer = Promise.withResolvers<number>();
  const check = vi.fn<() => Promise<number>>(() => answer.promise);
  const shared = shareCheck(check);
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
  const shared = shareCheck(check);
  await expect(shared()).rejects.toThrow('away');
  expect(await shared()).toBe('back');
});
